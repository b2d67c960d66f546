import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { comparePlain, equalValues } from "../../../providers/kit/compare.ts";
import { checkFields } from "../../../providers/kit/fields.ts";
import { rewrap, unwrapProperties } from "../../../providers/kit/secrets.ts";
import { Asset, type Properties, Secret, Unknown, type Value } from "../../../providers/kit/types.ts";
import { decodeProperties, encodeProperties } from "../../../providers/kit/wire.ts";
import { properties } from "../../support/wire-values.ts";
import { unknown, wireAsset } from "./engine.ts";

describe("the wire", () => {
  it("carries every value there and back", () => {
    fc.assert(
      fc.property(properties, (given) => {
        expect(decodeProperties(encodeProperties(given))).toEqual(given);
      }),
      { seed: 42 },
    );
  });

  it("drops what is undefined and refuses what it cannot carry, with its place", () => {
    const holes = { a: undefined, b: { c: undefined, d: [1, undefined] } } as unknown as Properties;
    expect(encodeProperties(holes)).toEqual({ b: { d: [1, null] } });
    const bad =
      (value: unknown): (() => unknown) =>
      () =>
        encodeProperties({ list: [{ at: value as Value }] });
    expect(bad(new Date())).toThrow("answered a object as list[0].at");
    expect(bad(() => 1)).toThrow("answered a function as list[0].at");
    expect(bad(Number.NaN)).toThrow("answered NaN as list[0].at");
  });

  it("knows all placeholders of the engine, and no signature of the future", () => {
    expect(decodeProperties({ a: unknown, b: "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2" })).toEqual({
      a: Unknown.value,
      b: Unknown.value,
    });
    const output = { "4dabf18193072939515e22adb298388d": "d0e6a833031e9bbcd3f4e8bde6ca49a4", secret: true };
    expect(decodeProperties({ a: { ...output, value: 1 }, b: output })).toEqual({
      a: new Secret(1),
      b: new Secret(Unknown.value),
    });
    const future = { "4dabf18193072939515e22adb298388d": "ffff" };
    expect(() => decodeProperties({ a: future })).toThrow("does not know");
  });

  it("tells an empty text from a file", () => {
    const empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    expect(decodeProperties({ a: wireAsset({ hash: empty }) }).a).toEqual(
      new Asset("asset", empty, undefined, ""),
    );
    expect(decodeProperties({ a: wireAsset({ hash: "x" }) }).a).toEqual(new Asset("asset", "x"));
  });
});

describe("secrets", () => {
  it("are all back after unwrapping and wrapping again", () => {
    fc.assert(
      fc.property(properties, (given) => {
        const back = rewrap(unwrapProperties(given), given, []);
        expect(unwrapProperties(back)).toEqual(unwrapProperties(given));
        // A secret in a secret is one secret.
        const flat = rewrap(unwrapProperties(back), back, []);
        expect(back).toEqual(flat);
      }),
      { seed: 42 },
    );
  });

  it("cover the whole property when its shape changed", () => {
    const arrived = { list: ["a", new Secret("b")], map: { key: new Secret("c") } };
    expect(rewrap({ list: ["a", "b", "x"], map: "text", other: 1 }, arrived, [])).toEqual({
      list: new Secret(["a", "b", "x"]),
      map: new Secret("text"),
      other: 1,
    });
    expect(rewrap({ list: ["x", "y"] }, arrived, [])).toEqual({ list: ["x", new Secret("y")] });
  });
});

describe("comparePlain", () => {
  const rules = {
    inputs: ["a", "nets", "tags"],
    replace: ["a.fixed", "nets[*].id"],
    sets: ["tags", "nets[*].ips"],
    computed: ["nets[*].device"],
  };
  const compare = (olds: Properties, news: Properties) => comparePlain(olds, news, rules);

  it("finds nothing between a value and itself, nor where there is nothing to tell apart", () => {
    expect(compare({ a: null, tags: [], extra: 1 }, { nets: [] })).toEqual({});
    expect(compare({ a: new Secret("x") }, { a: "x" })).toEqual({});
    expect(compare({ tags: ["x", "y", "y"] }, { tags: ["y", "x", "y"] })).toEqual({});
    expect(compare({ nets: [{ id: "1", device: "0" }] }, { nets: [{ id: "1" }] })).toEqual({});
  });

  it("writes paths as the engine does, and knows what replaces", () => {
    expect(
      compare({ a: { "b.c": 1, "d-e": 1, fixed: 1 } }, { a: { "b.c": 2, "d-e": 2, fixed: 2, "": 1 } }),
    ).toEqual({
      'a["b.c"]': "update",
      "a.d-e": "update",
      "a.fixed": "update-replace",
      'a[""]': "add",
    });
    expect(
      compare(
        { nets: [{ id: "1", ips: ["a", "b"] }] },
        { nets: [{ id: "2", ips: ["b", "c"] }, { id: "3" }] },
      ),
    ).toEqual({
      "nets[0].id": "update-replace",
      "nets[0].ips[1]": "add",
      "nets[0].ips[0]": "delete",
      "nets[1]": "add",
    });
    expect(compare({ nets: [{ id: "1" }] }, {})).toEqual({ nets: "delete" });
    expect(compare({ a: "x" }, { a: Unknown.value })).toEqual({ a: "update" });
    expect(compare({ a: "x" }, { a: ["x"] })).toEqual({ a: "update" });
  });

  it("tells values apart by content alone", () => {
    expect(equalValues({ a: 1, b: null }, { a: 1 })).toBe(true);
    expect(equalValues([1], ["1"])).toBe(false);
    expect(equalValues(Unknown.value, Unknown.value)).toBe(false);
    expect(equalValues(new Asset("asset", "h", "/x"), new Asset("asset", "h", "/y"))).toBe(true);
  });
});

describe("checkFields", () => {
  it("names every problem with its place and keeps what is not known yet", () => {
    const fields = {
      name: { type: "text", required: true },
      size: { type: "number", default: 5 },
      on: { type: "boolean" },
      list: { type: "list" },
      map: { type: "map" },
      file: { type: "asset" },
      inner: { type: "object", fields: { kind: { type: "text", allowed: ["a"], required: true } } },
    } as const;
    expect(checkFields({ name: Unknown.value, inner: { kind: "a" } }, fields)).toEqual({
      inputs: { name: Unknown.value, size: 5, inner: { kind: "a" } },
      failures: [],
    });
    const wrong = {
      on: "yes",
      list: 1,
      map: { a: 1 },
      file: "x",
      inner: { kind: "b", other: 1 },
      size: null,
      more: 1,
    };
    expect(
      checkFields(wrong, fields).failures.map(({ property, reason }) => `${property} ${reason}`),
    ).toEqual([
      "more is no property of this resource",
      "name is required",
      "on must be true or false",
      "list must be a list",
      "map must be texts by name",
      "file must be an asset or archive",
      "inner.other is no property of this resource",
      'inner.kind must be one of a, not "b"',
    ]);
  });
});
