// Replays vectors against a port of yours: node replay_vectors.ts VECTORS PORT
//
// VECTORS is what `kiloclaw vectors` printed, PORT a module that exports a `port`. It ends with 1 if an answer differs,
// or if nothing at all was compared. What the port answers with undefined is told as not ported, and never as passed.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type Refused = { refusal: Json };
export type Moved<Record, Effect, Note> = { record: Record; effects: Effect[]; notes: Note[] };

export interface Port {
  /** Which vectors are meant. */
  kind: string;
  /** The record that was granted, the refusal, or undefined where this is not ported. */
  decide(record: Json, command: Json, policy: Json): Json | Refused | undefined;
  /** The next record with what is sent and logged, or undefined where this is not ported. */
  absorb(record: Json, fact: Json, policy: Json): Moved<Json, Json, Json> | undefined;
  /** The alarms that a record wants, if they are ported. */
  alarmsOf?(record: Json, policy: Json): Json[];
}

interface Vector {
  kind: string;
  phase: string;
  hears: string;
  becomes: string;
  policy: string;
  record: Json;
  command?: Json;
  fact?: Json;
  expected: Json;
  effects: Json[];
  refusal: Json;
  alarms: Json[] | null;
  notes: Json[];
}

/** What is compared: everything that a vector expects, as far as the port answers it. */
type Answer = { [part: string]: Json };

function answer(port: Port, vector: Vector, policy: Json): Answer | undefined {
  if (vector.fact !== undefined) {
    const moved = port.absorb(vector.record, vector.fact, policy);
    return moved && { refusal: null, expected: moved.record, effects: moved.effects, notes: moved.notes };
  }
  const decided = port.decide(vector.record, vector.command!, policy);
  if (decided === undefined) {
    return undefined;
  }
  const refused = decided !== null && typeof decided === "object" && "refusal" in decided;
  return refused ? { refusal: decided.refusal, expected: null } : { refusal: null, expected: decided as Json };
}

function withAlarms(port: Port, answered: Answer, policy: Json): Answer {
  if (port.alarmsOf === undefined || answered.expected === null) {
    return answered;
  }
  return { ...answered, alarms: port.alarmsOf(answered.expected, policy) };
}

/** The first place where two values differ, or null: the order of keys does not count, that of lists does. */
function difference(expected: Json, found: Json, path: string): string | null {
  if (isBranch(expected) && isBranch(found) && Array.isArray(expected) === Array.isArray(found)) {
    for (const key of new Set([...Object.keys(expected), ...Object.keys(found)])) {
      const below = difference(at(expected, key), at(found, key), `${path}.${key}`);
      if (below !== null) {
        return below;
      }
    }
    return null;
  }
  return expected === found ? null : `${path}: expected ${spelt(expected)}, found ${spelt(found)}`;
}

type Branch = Json[] | { [key: string]: Json };

function isBranch(value: Json): value is Branch {
  return value !== null && typeof value === "object";
}

function at(branch: Branch, key: string): Json {
  return (branch as { [key: string]: Json })[key];
}

function spelt(value: Json): string {
  return value === undefined ? "nothing" : JSON.stringify(value);
}

function differences(vector: Vector, answered: Answer): string[] {
  const expected = vector as unknown as { [part: string]: Json };
  return Object.entries(answered).flatMap(([part, found]) => difference(expected[part], found, part) ?? []);
}

function replay(vectors: Vector[], policies: { [name: string]: Json }, port: Port): number {
  const counts = { passed: 0, failed: 0, notPorted: 0 };
  const missing = new Set<string>();
  for (const vector of vectors) {
    const policy = policies[vector.policy];
    const answered = vector.kind === port.kind ? answer(port, vector, policy) : undefined;
    if (answered === undefined) {
      counts.notPorted += 1;
      missing.add(vector.kind === port.kind ? `${vector.kind} hears ${vector.hears}` : vector.kind);
      continue;
    }
    const found = differences(vector, withAlarms(port, answered, policy));
    counts[found.length === 0 ? "passed" : "failed"] += 1;
    for (const one of found) {
      console.log(`FAILED  ${vector.phase} hears ${vector.hears}, becomes ${vector.becomes}\n        ${one}`);
    }
  }
  for (const one of [...missing].sort()) {
    console.log(`NOT PORTED  ${one}`);
  }
  console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.notPorted} not ported`);
  return counts.failed > 0 || counts.passed === 0 ? 1 : 0;
}

const [, , file, module] = process.argv;
const [header, ...vectors] = readFileSync(file, "utf-8").trim().split("\n").map((line) => JSON.parse(line));
if (header.format !== "kiloclaw-vectors/1") {
  throw new Error(`${file} has the format ${header.format}, which this cannot read`);
}
const { port } = await import(pathToFileURL(resolve(module)).href);
process.exitCode = replay(vectors, header.policies, port);
