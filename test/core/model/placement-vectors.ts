// Goal: hash test vectors, shown in PROTOCOL.md too. Method: computed with Python's mmh3, not with our code.

/** id, hash, partition, slot */
export const idVectors: readonly (readonly [number, number, number, number])[] = [
  [1, 1759100286, 786, 251],
  [2, 1922469923, 623, 13],
  [3, 1836105739, 439, 53],
  [7, 2081706186, 786, 46],
  [255, 1293757574, 374, 68],
  [256, 4151017056, 156, 145],
  [899, 2642814765, 765, 140],
  [900, 2386021445, 845, 254],
  [1000, 108687305, 605, 187],
  [65536, 2851483426, 826, 58],
  [4294967295, 3489079670, 170, 147],
  [4294967296, 3404329265, 65, 188],
  [4294967297, 1439541706, 706, 2],
  [1099511627781, 757330779, 579, 6],
  [1234567890123, 2177037221, 221, 242],
  [9007199254740990, 2531596395, 795, 212],
  [9007199254740991, 4013992783, 883, 215],
];

/** name (its UTF-8 bytes are hashed), hash */
export const nameVectors: readonly (readonly [string, number])[] = [
  ['', 0],
  ['a', 1009084850],
  ['ab', 2613040991],
  ['abc', 3017643002],
  ['abcd', 1139631978],
  ['alice', 1280413405],
  ['bob', 2824567794],
  ['Grüße', 1791607040],
  ['The quick brown fox jumps over the lazy dog', 776992547],
];
