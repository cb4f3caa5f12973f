// Where the visitor stands: in a state, behind some steps of a path. The address is the path up to there, as
// `kiloclaw replay` takes it; what lies ahead on the path is only remembered.

const SIGNS = { held: "✓", witnessed: "✓", broken: "✗", not_witnessed: "–", undecided: "?" };
const WHEN = { calm: "by itself", quiet: "when nothing else can", free: "it may or may not" };
const HERE = { always: "broken here", sometimes: "seen here", "leads home": "at home here" };

let path = [];
let at = 0;
let trouble = null;

function standing(number = at) {
  return number === 0 ? beginning() : path[number - 1];
}

function codeTo(number) {
  return path.slice(0, number).map((step) => step.index).join("/");
}

/** Go where the address says: along the path if it lies there, or else on a new one. */
function arrive() {
  const code = decoded(location.hash.slice(1));
  const ahead = path.findIndex((_, number) => codeTo(number) === code);
  if (code === codeTo(path.length) || ahead >= 0) {
    at = ahead >= 0 ? ahead : path.length;
    trouble = null;
  } else {
    ({ steps: path, trouble } = followed(code));
    at = path.length;
  }
  show();
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function go(number) {
  at = Math.min(Math.max(number, 0), path.length);
  trouble = null;
  history.replaceState(null, "", `#${codeTo(at)}`);
  show();
}

function choose(index) {
  const within = document.getElementById("choices").contains(document.activeElement);
  if (at < path.length && path[at].index === index) {
    go(at + 1);
  } else {
    const code = [...path.slice(0, at).map((step) => step.index), index].join("/");
    history.pushState(null, "", `#${code}`);
    arrive();
  }
  if (within) (document.querySelector("#choices button") ?? document.getElementById("next")).focus();
}

// -- what is shown of it ----------------------------------------------------------------------------------------------

function element(name, attributes, ...content) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) if (value !== null) made.setAttribute(key, value);
  made.append(...content);
  return made;
}

function fill(id, ...content) {
  document.getElementById(id).replaceChildren(...content);
}

function names(claims) {
  return claims.map((claim) => page.claims[claim].name).join(", ");
}

function show() {
  const before = at === 0 ? beginning() : standing(at - 1);
  const step = at === 0 ? null : path[at - 1];
  const then = seen(before);
  const changes = seen(standing()).map((lane, nth) => (step ? compared(then[nth], lane) : lane.map(asItWas)));
  const broken = step ? newlyBroken(before, step) : [];
  showStep(step, broken);
  showLanes(step, changes);
  showTrouble();
  showChoices();
  showPath();
  showClaims();
  document.getElementById("told").textContent = told(step, changes, broken);
}

function asItWas(text) {
  return { text, change: "same" };
}

function told(step, changes, broken) {
  if (!step) return `The beginning, before ${path.length} steps.`;
  const lanes = changes.map((lane, nth) => {
    const changed = lane.filter((one) => one.change !== "same").map((one) => `${one.change}: ${one.text}`);
    return changed.length ? `${graph.lanes[nth]}, ${changed.join(", ")}.` : "";
  });
  const breaks = broken.length ? `Broken: ${names(broken)}.` : "";
  return [`Step ${at} of ${path.length}. ${step.who}: ${step.what}.`, ...lanes, breaks].filter(Boolean).join(" ");
}

function showStep(step, broken) {
  document.getElementById("where").textContent = step ? `Step ${at} of ${path.length}` : "The beginning";
  const breaks = broken.length ? [" ", element("span", { class: "tag breaks" }, `✗ breaks: ${names(broken)}`)] : [];
  const did = step && [element("span", { class: "who" }, step.who), ` ${step.what}`, ...breaks];
  fill("did", ...(did || ["Nothing happened yet."]));
  for (const id of ["first", "back"]) document.getElementById(id).disabled = at === 0;
  for (const id of ["forward", "last"]) document.getElementById(id).disabled = at === path.length;
}

function showLanes(step, changes) {
  fill("lanes", ...changes.map((lane, nth) => {
    const acts = step && step.who === graph.lanes[nth] ? " acts" : "";
    const rows = lane.map(({ text, change }) => {
      if (change === "same") return element("li", { class: change }, text);
      const sign = element("span", { "aria-hidden": "true" }, change === "new" ? "+ " : "− ");
      const word = element("span", { class: "unseen" }, `${change}: `);
      return element("li", { class: change }, sign, word, change === "new" ? text : element("s", {}, text));
    });
    const list = rows.length ? element("ul", {}, ...rows) : element("p", { class: "nothing" }, "nothing");
    return element("div", { class: `lane${acts}` }, element("h3", {}, graph.lanes[nth]), list);
  }));
}

function showTrouble() {
  const box = document.getElementById("trouble");
  box.hidden = trouble === null;
  if (trouble === null) return box.replaceChildren();
  if (trouble.choice) {
    const { index, who, what } = trouble.choice;
    const code = [...path.map((step) => step.index), index].join("/");
    const command = `${page.command} --code ${code} --html next.html`;
    return box.replaceChildren(
      `Choice ${index}, ${who}: ${what}, leads out of this page. This goes on from there, in a page of its own:`,
      element("pre", {}, element("code", {}, command)),
    );
  }
  const possible = trouble.of ? `choices 0 to ${trouble.of - 1}` : "nothing";
  return box.replaceChildren(
    `Step ${path.length + 1} of the address asks for ${JSON.stringify(trouble.wish)}; possible: ${possible}. ` +
      "The path ends before it.",
  );
}

function showChoices() {
  const here = standing();
  const made = choicesOf(here).map((choice) => {
    const tags = [" ", element("span", { class: "tag" }, WHEN[choice.when])];
    if (choice.state === OUT) tags.push(" ", element("span", { class: "tag" }, "leads out of this page"));
    const broken = newlyBroken(here, choice);
    if (broken.length) tags.push(" ", element("span", { class: "tag breaks" }, `✗ breaks: ${names(broken)}`));
    const number = element("kbd", {}, String(choice.index));
    const who = element("span", { class: "who" }, choice.who);
    const kind = `${choice.when}${choice.state === OUT ? " out" : ""}`;
    const button = element("button", { type: "button", class: kind }, number, " ", who, ` ${choice.what}`, ...tags);
    button.addEventListener("click", () => choose(choice.index));
    return element("li", {}, button);
  });
  fill("choices", ...(made.length ? made : [element("li", { class: "nothing" }, "Nothing: here it ends.")]));
}

function showPath() {
  const rows = [element("li", {}, link(0, "0  the beginning"))];
  path.forEach((step, nth) => {
    const broken = newlyBroken(standing(nth), step);
    const tag = broken.length ? [" ", element("span", { class: "tag breaks" }, `✗ ${names(broken)}`)] : [];
    const who = element("span", { class: "who" }, step.who);
    const shown = link(nth + 1, `${nth + 1}  `, who, ` ${step.what}`, ...tag);
    rows.push(element("li", { class: nth < at ? "passed" : "ahead" }, shown));
  });
  fill("path", ...rows);
  const list = document.getElementById("path");
  const current = list.querySelector("[aria-current]");
  list.scrollTop = current.offsetTop - list.offsetTop - list.clientHeight / 2;
}

function link(number, ...content) {
  const current = number === at ? "step" : null;
  return element("a", { href: `#${codeTo(number)}`, "aria-current": current }, ...content);
}

function showClaims() {
  const here = new Set(marks(standing()));
  const order = page.claims.map((_, number) => number).sort((one, other) => rank(one) - rank(other) || one - other);
  fill("claims", ...order.map((number) => claimed(page.claims[number], here.has(number))));
  const broken = page.claims.filter((claim) => claim.verdict === "broken").length;
  document.getElementById("sum").textContent = `${page.claims.length} claims, ${broken} of them broken.`;
}

function rank(number) {
  return page.claims[number].verdict === "broken" ? 0 : 1;
}

function claimed(claim, isHere) {
  const row = element("li", { class: claim.verdict }, `${SIGNS[claim.verdict]} `, element("b", {}, claim.name));
  row.append(" ", element("span", { class: "tag" }, `${claim.kind}: ${claim.told}`));
  if (isHere) row.append(" ", element("span", { class: "now" }, HERE[claim.kind]));
  if (claim.code !== null) {
    row.append(" ", element("a", { href: `#${claim.code}`, "aria-label": `the way to: ${claim.name}` }, "the way"));
  }
  const round = claim.round === null ? "" : ` From step ${claim.round + 1} on it goes round, for ever.`;
  row.append(element("div", {}, element("small", {}, claim.sentence + round)));
  return row;
}

// -- keys -------------------------------------------------------------------------------------------------------------

function among(by) {
  const buttons = [...document.querySelectorAll("#choices button")];
  const now = buttons.indexOf(document.activeElement);
  if (now >= 0) buttons[Math.min(Math.max(now + by, 0), buttons.length - 1)].focus();
  return now >= 0;
}

function pressed(key) {
  if (key === "ArrowLeft") go(at - 1);
  else if (key === "ArrowRight") go(at + 1);
  else if (key === "Home") go(0);
  else if (key === "End") go(path.length);
  else if (key === "ArrowDown") return among(1);
  else if (key === "ArrowUp") return among(-1);
  else if (key === "n") (document.querySelector("#choices button") ?? document.getElementById("next")).focus();
  else if (/^\d$/.test(key) && Number(key) < choicesOf(standing()).length) choose(Number(key));
  else return false;
  return true;
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  if (pressed(event.key)) event.preventDefault();
});
const BUTTONS = { first: () => 0, back: () => at - 1, forward: () => at + 1, last: () => path.length };
for (const [id, where] of Object.entries(BUTTONS)) {
  document.getElementById(id).addEventListener("click", () => go(where()));
}
window.addEventListener("hashchange", arrive);

path = followed(page.path).steps;
if (location.hash === "") show();
else arrive();
