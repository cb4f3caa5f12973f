// A toy port: the supervisor of a child, in TypeScript. Restarts and signals to pass on are left out, to show how that
// is told: whatever a port does not do, it answers with undefined.
import type { Json, Moved, Port, Refused } from "./replay_vectors.ts";

type Child = number;
type Phase =
  | { is: "down" }
  | { is: "starting"; child: Child }
  | { is: "up"; child: Child; age: "new" | "clean" | "steady" }
  | { is: "stopping"; child: Child; force: "asked" | "killed"; since: number }
  | { is: "crashed"; since: number };
type Exit = { code: number | null; signal: number | null };
type Seen = { running_since: number | null; restarts: number; last_exit: Exit | null; last_exit_at: number | null };
type Supervisor = {
  wish: "down" | "up" | "ended";
  phase: Phase;
  unwanted: Child | null;
  crashes: number;
  waiters: { ask: string; child: Child }[];
  arrived: string[];
  signals: string[];
  ops: number;
  seen: Seen;
};
type Policy = {
  back_off_s: number;
  back_off_most_s: number;
  spawn_s: number;
  clean_s: number;
  steady_s: number;
  escalate_s: number;
  kill_again_s: number;
};
type Command = { is: "start_child" | "restart_child" | "pass_on" } | { is: "stop_child" | "shut_down"; ask: string };
type Fact =
  | { is: "woken"; at: number }
  | { is: "spawned" | "not_spawned"; child: Child; at: number }
  | { is: "exited"; child: Child; exit: Exit; at: number }
  | { is: "supervisor_rang"; name: string; of: number; at: number };
type Effect =
  | { is: "spawn"; child: Child }
  | { is: "send_signal"; child: Child; signal: string }
  | { is: "arrived"; ask: string };
type Note = { name: string; fields: [string, string][]; since: number | null; measure: string };
type Alarm = { name: string; of: number; patience_s: number };
type Step = Moved<Supervisor, Effect, Note>;

// -- commands: what is wanted ---------------------------------------------------------------------------------------

function decide(record: Supervisor, command: Command): Supervisor | Refused | undefined {
  if (command.is === "shut_down") {
    return awaited({ ...record, wish: "ended", signals: [] }, command.ask);
  }
  if (record.wish === "ended") {
    return { refusal: "the gateway is shutting down" };
  }
  switch (command.is) {
    case "start_child":
      return start(record);
    case "stop_child":
      return awaited({ ...record, wish: "down", unwanted: null }, command.ask);
    case "restart_child":
    case "pass_on":
      return undefined; // not ported
  }
}

function start(record: Supervisor): Supervisor | Refused {
  switch (record.phase.is) {
    case "down":
    case "crashed":
      return { ...record, wish: "up", crashes: 0 };
    case "starting":
    case "up":
      return { refusal: "the gateway is already running or starting" };
    case "stopping":
      return { refusal: "the gateway is still stopping" };
  }
}

function awaited(record: Supervisor, ask: string): Supervisor {
  const child = childOf(record);
  if (child === null) {
    return { ...record, arrived: [...record.arrived, ask] };
  }
  return { ...record, waiters: [...record.waiters, { ask, child }] };
}

// -- facts: what happened -------------------------------------------------------------------------------------------

function absorb(record: Supervisor, fact: Fact, policy: Policy): Step {
  const first = moved(record, fact, policy);
  const second = onward(first.record);
  const effects = [...first.effects, ...second.effects];
  return { record: second.record, effects, notes: [...first.notes, ...second.notes] };
}

function moved(record: Supervisor, fact: Fact, policy: Policy): Step {
  switch (fact.is) {
    case "woken":
      return stay(record);
    case "spawned":
      return stay(came(record, fact.child, fact.at));
    case "not_spawned":
      return went(record, fact.child, { code: 1, signal: null }, fact.at, []);
    case "exited":
      return went(record, fact.child, fact.exit, fact.at, [exitNote(fact.exit)]);
    case "supervisor_rang":
      return rang(record, fact, policy);
  }
}

function came(record: Supervisor, child: Child, at: number): Supervisor {
  if (childOf(record) !== child) {
    return record;
  }
  const phase: Phase = record.phase.is === "starting" ? { is: "up", child, age: "new" } : record.phase;
  return { ...record, phase, seen: { ...record.seen, running_since: at } };
}

function went(record: Supervisor, child: Child, exit: Exit, at: number, notes: Note[]): Step {
  if (childOf(record) !== child) {
    return stay(record); // told of another child than the one that is there: old news
  }
  const told = record.waiters.filter((one) => one.child === child);
  const effects = told.map((one): Effect => ({ is: "arrived", ask: one.ask }));
  const waiters = record.waiters.filter((one) => one.child !== child);
  const seen = { running_since: null, restarts: record.seen.restarts, last_exit: exit, last_exit_at: at };
  return { record: after({ ...record, waiters, unwanted: null, signals: [], seen }, exit), effects, notes };
}

function after(record: Supervisor, exit: Exit): Supervisor {
  const phase = record.phase;
  if (phase.is === "stopping" || phase.is === "down" || phase.is === "crashed") {
    return { ...record, phase: { is: "down" } };
  }
  const seen = { ...record.seen, restarts: record.seen.restarts + 1 };
  const clean = exit.code === 0 && exit.signal === null;
  if (phase.is === "up" && phase.age !== "new" && clean) {
    return { ...record, phase: { is: "down" }, crashes: 0, seen };
  }
  const crashed: Phase = { is: "crashed", since: record.ops };
  return { ...record, phase: crashed, crashes: record.crashes + 1, ops: record.ops + 1, seen };
}

function exitNote(exit: Exit): Note {
  const fields = Object.entries(exit).filter(([, value]) => value !== null);
  const texts = fields.map(([name, value]): [string, string] => [name, String(value)]);
  return { name: "gateway.exited", fields: texts, since: null, measure: "durationMs" };
}

function rang(record: Supervisor, fact: { name: string; of: number }, policy: Policy): Step {
  const wanted = waiting(record, policy).some((one) => one.name === fact.name && one.of === fact.of);
  if (!wanted) {
    return stay(record);
  }
  const phase = record.phase;
  switch (phase.is) {
    case "down":
    case "crashed":
      return stay({ ...record, phase: { is: "down" } });
    case "starting":
      return stopping(record, phase.child, "asked");
    case "up":
      if (phase.age === "new") {
        return stay({ ...record, phase: { ...phase, age: "clean" } });
      }
      return stay({ ...record, phase: { ...phase, age: "steady" }, crashes: 0 });
    case "stopping":
      return stopping(record, phase.child, "killed");
  }
}

// -- what is called for ---------------------------------------------------------------------------------------------

function onward(record: Supervisor): Step {
  const child = childOf(record);
  const told = record.arrived.map((ask): Effect => ({ is: "arrived", ask }));
  const passed = child === null ? [] : record.signals.map((signal): Effect => ({ is: "send_signal", child, signal }));
  const next = calledFor({ ...record, arrived: [], signals: [] });
  return { ...next, effects: [...told, ...passed, ...next.effects] };
}

function calledFor(record: Supervisor): Step {
  const phase = record.phase;
  const up = record.wish === "up";
  switch (phase.is) {
    case "down":
      return up ? spawn(record) : stay(record);
    case "crashed":
      if (!up) {
        return stay({ ...record, phase: { is: "down" } });
      }
      return record.crashes === 0 ? spawn(record) : stay(record);
    case "starting":
    case "up":
      return up && record.unwanted !== phase.child ? stay(record) : stopping(record, phase.child, "asked");
    case "stopping":
      return stay(record);
  }
}

function spawn(record: Supervisor): Step {
  const child = record.ops;
  const started: Supervisor = { ...record, phase: { is: "starting", child }, ops: child + 1 };
  return { record: started, effects: [{ is: "spawn", child }], notes: [] };
}

function stopping(record: Supervisor, child: Child, force: "asked" | "killed"): Step {
  const phase: Phase = { is: "stopping", child, force, since: record.ops };
  const signal = force === "asked" ? "SIGTERM" : "SIGKILL";
  return { record: { ...record, phase, ops: record.ops + 1 }, effects: [{ is: "send_signal", child, signal }], notes: [] };
}

function stay(record: Supervisor): Step {
  return { record, effects: [], notes: [] };
}

function childOf(record: Supervisor): Child | null {
  return "child" in record.phase ? record.phase.child : null;
}

// -- alarms ---------------------------------------------------------------------------------------------------------

function waiting(record: Supervisor, policy: Policy): Alarm[] {
  const phase = record.phase;
  switch (phase.is) {
    case "crashed":
      return [{ name: "back_off", of: phase.since, patience_s: backingOff(record.crashes, policy) }];
    case "up":
      if (phase.age === "steady") {
        return [];
      }
      return phase.age === "new"
        ? [{ name: "clean", of: phase.child, patience_s: policy.clean_s }]
        : [{ name: "steady", of: phase.child, patience_s: policy.steady_s - policy.clean_s }];
    case "stopping":
      return phase.force === "asked"
        ? [{ name: "escalate", of: phase.since, patience_s: policy.escalate_s }]
        : [{ name: "kill_again", of: phase.since, patience_s: policy.kill_again_s }];
    case "starting":
      return [{ name: "spawn", of: phase.child, patience_s: policy.spawn_s }];
    case "down":
      return [];
  }
}

function backingOff(crashes: number, policy: Policy): number {
  return Math.min(policy.back_off_s * 2 ** Math.min(crashes - 1, 32), policy.back_off_most_s);
}

function alarmsOf(record: Supervisor, policy: Policy): Alarm[] {
  const next = onward(record);
  const unseen = next.effects.length > 0 || JSON.stringify(next.record) !== JSON.stringify(record);
  const intent = unseen ? [{ name: "intent", of: record.ops, patience_s: 0 }] : [];
  return [...intent, ...waiting(record, policy)];
}

// -- the port: JSON in, JSON out ------------------------------------------------------------------------------------

export const port: Port = {
  kind: "supervisor",
  decide: (record: Json, command: Json) => decide(record as Supervisor, command as Command),
  absorb: (record: Json, fact: Json, policy: Json) => absorb(record as Supervisor, fact as Fact, policy as Policy),
  alarmsOf: (record: Json, policy: Json) => alarmsOf(record as Supervisor, policy as Policy),
};
