import { expect, test } from "vitest";
import { maySamePerson } from "../../../model/incidents/person.ts";

test.each([
  ["Erika Muster", " erika  MUSTER"],
  ["Erika Muster", "ErikaMuster"],
  ["Anna Berg", "Berg, Anna"],
  ["Anna Berg", "A. Berg"],
  ["Anna Berg", "Dr. Anna Berg"],
  ["Anna Berg", "Frau Berg"],
  ["Anna Berg", "anna.berg@betrieb.example"],
  ["Anna Berg", "Anna Berg <a.berg@betrieb.example>"],
  ["Anna-Lena Berg", "Anna Berg"],
  ["Jörg Müller", "Joerg Mueller"],
  ["René Groß", "Rene Gross"],
  ["4711", "4711"],
])("%s and %s may be one person", (one, other) => {
  expect(maySamePerson(one, other)).toBe(true);
  expect(maySamePerson(other, one)).toBe(true);
});

test.each([
  ["Erika Muster", "Jan Beispiel"],
  ["Anna Berg", "Andrea Berg"],
  ["A. Berg", "B. Berg"],
  ["Anna Berg", "Anna Burg"],
  ["Anna Berg (Netz)", "Andrea Berg (Technik)"],
  ["x", "y"],
])("%s and %s are two", (one, other) => {
  expect(maySamePerson(one, other)).toBe(false);
  expect(maySamePerson(other, one)).toBe(false);
});
