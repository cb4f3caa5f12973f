/* The race of toy_race.py, step for step: processes that read a shared versioned record, choose, call, and commit by
 * compare-and-set, with a few tries for each round and a budget of crashes. Each step is one transition, so that the
 * states are as many. The sizes are given on the command line, as in -DPROCESSES=3 -DCHOICES=3 -DROUNDS=2 -DTRIES=1
 * -DCRASHES=1; a process is where `at` says: 0 idle, 1 has read, 2 has chosen, 3 has called, 4 gave up. */

byte version, value;
byte crashes = CRASHES;
byte rounds[PROCESSES] = ROUNDS;
byte won;

active [PROCESSES] proctype racer() {
    byte at, seen, chosen, tries = TRIES;
    do
    :: d_step { at == 0 && rounds[_pid] > 0 -> seen = version; at = 1 }
    :: d_step { at == 1 -> chosen = 1; at = 2 }
    :: d_step { at == 1 && CHOICES > 1 -> chosen = 2; at = 2 }
    :: d_step { at == 1 && CHOICES > 2 -> chosen = 3; at = 2 }
    :: d_step { at == 2 -> at = 3 }
    :: d_step { at == 3 && seen == version ->
           version++; value = chosen; rounds[_pid]--; tries = TRIES; at = 0; seen = 0; chosen = 0; won++;
           assert(version == won) }
    :: d_step { at == 3 && seen != version && tries > 0 -> tries--; at = 0; seen = 0; chosen = 0 }
    :: d_step { at == 3 && seen != version && tries == 0 -> at = 4; seen = 0; chosen = 0 }
    :: d_step { at > 0 && at < 4 && crashes > 0 -> crashes--; at = 0; seen = 0; chosen = 0 }
    od
}
