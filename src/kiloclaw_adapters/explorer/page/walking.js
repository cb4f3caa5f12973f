"use strict";

// Reads the graph that is embedded in the page (`graph.py` says how it is packed): what a state shows, what it offers,
// and where a path leads. Nothing is asked of anybody.

const page = JSON.parse(document.getElementById("data").textContent);
const graph = page.graph;
const OUT = -1;

// -- numbers that stay what they were from step to step ---------------------------------------------------------------

function pairs(flat) {
  return Array.from({ length: flat.length / 2 }, (_, nth) => [flat[2 * nth], flat[2 * nth + 1]]);
}

/** What a number that is new means: as far from the last one before it as it was in the search. */
function numbered(meant, number) {
  const before = [...meant.keys()].filter((rank) => rank < number);
  const last = before.length ? Math.max(...before) : number;
  return (meant.has(last) ? meant.get(last) : last) + number - last;
}

function said(text, known) {
  return text.replace(/⟦(\d+)⟧/g, (_, digits) => {
    const number = Number(digits);
    return String(known.has(number) ? known.get(number) : number);
  });
}

// -- states, and the choices that they offer --------------------------------------------------------------------------

function beginning() {
  const meant = new Map(pairs(graph.beginning).map(([number, rank]) => [rank, number]));
  return { state: 0, meant };
}

function choicesOf(here) {
  const ways = graph.ways[here.state];
  return Array.from({ length: ways.length / 3 }, (_, index) => {
    const [who, what, when] = graph.actions[ways[3 * index]];
    const ranks = pairs(graph.renamings[ways[3 * index + 1]]);
    const known = new Map(here.meant);
    for (const [number] of ranks) if (!here.meant.has(number)) known.set(number, numbered(here.meant, number));
    const meant = new Map(ranks.map(([number, rank]) => [rank, known.get(number)]));
    return {
      index,
      who: graph.texts[who],
      what: said(graph.texts[what], known),
      when,
      state: ways[3 * index + 2],
      meant,
    };
  });
}

/** The sentences of each lane. */
function seen(here) {
  const [, ...cells] = graph.states[here.state];
  return cells.map((cell) => graph.cells[cell].map((text) => said(graph.texts[text], here.meant)));
}

/** The claims that a state tells something about, by their numbers. */
function marks(here) {
  return here.state === OUT ? [] : graph.marks[graph.states[here.state][0]];
}

function newlyBroken(before, after) {
  const known = marks(before);
  return marks(after).filter((claim) => page.claims[claim].kind === "always" && !known.includes(claim));
}

/** Each sentence of a lane with what the step did to it: those that are gone stand last. */
function compared(before, after) {
  const left = [...before];
  const there = after.map((text) => {
    const place = left.indexOf(text);
    if (place >= 0) left.splice(place, 1);
    return { text, change: place >= 0 ? "same" : "new" };
  });
  return [...there, ...left.map((text) => ({ text, change: "gone" }))];
}

/** The steps of a path as far as they can be followed, and why no further. */
function followed(code) {
  const steps = [];
  let here = beginning();
  for (const wish of code === "" ? [] : code.split("/")) {
    const choices = choicesOf(here);
    const choice = /^(0|[1-9]\d{0,5})$/.test(wish) ? choices[Number(wish)] : undefined;
    if (choice === undefined) return { steps, trouble: { wish, of: choices.length } };
    if (choice.state === OUT) return { steps, trouble: { choice } };
    steps.push(choice);
    here = choice;
  }
  return { steps, trouble: null };
}
