// Reproducible random numbers: the same seed gives the same sequence. https://en.wikipedia.org/wiki/Linear_congruential_generator

export type Random = ReturnType<typeof randomFrom>;

export function randomFrom(seed: number) {
  let state = BigInt(seed);
  /** @returns an integer from 0 to `limit` - 1 */
  const below = (limit: number): number => {
    state = (state * 6364136223846793005n + 1442695040888963407n) & 0xffff_ffff_ffff_ffffn;
    return Number(state >> 33n) % limit;
  };
  return {
    below,
    of: <Item>(items: readonly Item[]): Item => items[below(items.length)] as Item,
    /** @returns bytes from `lowest` to `highest` */
    bytes: (length: number, lowest = 0, highest = 255): Buffer =>
      Buffer.from(Array.from({ length }, () => lowest + below(highest - lowest + 1))),
  };
}
