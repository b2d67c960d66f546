/**
 * The known word that was probably meant: at most a third of its letters differ (a swap of two neighbours
 * counts once), case aside. Among equals the first known word wins, so the answer does not vary.
 */
export function nearest(written: string, known: readonly string[]): string | undefined {
  if (written.length > 80) return undefined;
  let best: string | undefined;
  let fewest = Number.POSITIVE_INFINITY;
  for (const word of known) {
    const edits = distance(written.toLowerCase(), word.toLowerCase());
    if (edits < fewest && edits <= Math.max(1, Math.floor(Math.max(word.length, written.length) / 3))) {
      best = word;
      fewest = edits;
    }
  }
  return best;
}

/** "did you mean …" for the nearest known word, or undefined when none is near. */
export function didYouMean(written: string, known: readonly string[]): string | undefined {
  const word = nearest(written, known);
  return word === undefined ? undefined : `did you mean "${word}"?`;
}

/** Insertions, deletions, replacements and swaps of neighbours that turn one text into the other. */
function distance(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1] ? 0 : 1;
      let edits = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + same,
      );
      const swapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      if (row > 1 && column > 1 && swapped) edits = Math.min(edits, (beforeLast[column - 2] ?? 0) + 1);
      current.push(edits);
    }
    beforeLast = last;
    last = current;
  }
  return last[to.length] ?? 0;
}
