import { type ThrottleReason, throttleReasons } from '#contract';

/** A time without a gap, in Unix milliseconds, and what was so during it. Values that are unknown are NaN. */
export interface Segment {
  from: number;
  to: number;
  /** Watts at both ends. */
  power: readonly [number, number];
  /** Throttle bits that were set all the time, and those that ever were. */
  bits: readonly [number, number];
}

/** One sample: its time, watts and throttle bits. */
export interface Reading {
  time: number;
  power: number;
  bits: number;
}

/** Between two samples power is interpolated, and the reasons of the first hold. More than `gapMs` apart, they are a gap. */
export function segmentsOf(readings: readonly Reading[], gapMs: number): Segment[] {
  const sorted = [...readings].sort((a, b) => a.time - b.time);
  return sorted.slice(1).flatMap((next, i) => {
    const { time, power, bits } = sorted[i] as Reading;
    if (next.time - time > gapMs) return [];
    return [{ from: time, to: next.time, power: [power, next.power], bits: [bits, bits] }];
  });
}

/** The samples of one interval: their number, mean watts, and the bits that were always and that were ever set. */
export interface Bucket {
  time: number;
  count: number;
  power: number;
  bits: readonly [number, number];
}

/** A restart splits a bucket in two: parts of the same interval are one. */
export function segmentsOfBuckets(buckets: readonly Bucket[], bucketMs: number): Segment[] {
  const whole = new Map<number, Bucket>();
  for (const bucket of buckets) {
    const other = whole.get(bucket.time);
    whole.set(bucket.time, other ? joined(other, bucket) : bucket);
  }
  return [...whole.values()].map(({ time, power, bits }) => {
    return { from: time, to: time + bucketMs, power: [power, power], bits };
  });
}

function joined(one: Bucket, other: Bucket): Bucket {
  const count = one.count + other.count;
  const known = <T>(a: T, b: T, isUnknown: (value: T) => boolean, both: () => T) =>
    isUnknown(a) ? b : isUnknown(b) ? a : both();
  const mean = () => (one.power * one.count + other.power * other.count) / count;
  return {
    time: one.time,
    count,
    power: known(one.power, other.power, Number.isNaN, mean),
    bits: known<Bucket['bits']>(
      one.bits,
      other.bits,
      (bits) => bits.some(Number.isNaN),
      () => [one.bits[0] & other.bits[0], one.bits[1] | other.bits[1]],
    ),
  };
}

/** What lies within the range: the power at its ends is interpolated. */
export const within = (segments: readonly Segment[], from: number, to: number): Segment[] =>
  segments.flatMap((segment) => {
    const [start, end] = [Math.max(from, segment.from), Math.min(to, segment.to)];
    if (end <= start) return [];
    const at = (time: number) => {
      const [first, last] = segment.power;
      return first + ((last - first) * (time - segment.from)) / (segment.to - segment.from);
    };
    return [{ ...segment, from: start, to: end, power: [at(start), at(end)] as const }];
  });

export const secondsOf = (segments: readonly Segment[]) =>
  segments.reduce((sum, { from, to }) => sum + (to - from), 0) / 1_000;

/** Joules over the seconds during which power is known. */
export function energyOf(segments: readonly Segment[]): { joules: number; seconds: number } {
  const known = segments.filter(({ power }) => !power.some(Number.isNaN));
  const joules = known.reduce((sum, { from, to, power: [a, b] }) => sum + ((a + b) / 2) * ((to - from) / 1_000), 0);
  return { joules, seconds: secondsOf(known) };
}

export interface Throttled {
  /** Null where the bits were never known. */
  any: { least: number; most: number } | null;
  reasons: { reason: ThrottleReason; least: number; most: number }[];
}

/** How long each of these reasons held. */
export function throttledBy(segments: readonly Segment[], among: readonly ThrottleReason[]): Throttled {
  const known = segments.filter(({ bits }) => !bits.some(Number.isNaN));
  const over = (place: 0 | 1, holds: (reasons: ThrottleReason[]) => boolean) =>
    secondsOf(known.filter(({ bits }) => holds(throttleReasons(bits[place]))));
  const both = (holds: (reasons: ThrottleReason[]) => boolean) => ({ least: over(0, holds), most: over(1, holds) });
  const reasons = among
    .map((reason) => ({ reason, ...both((held) => held.includes(reason)) }))
    .filter(({ most }) => most > 0)
    .sort((a, b) => b.most - a.most);
  return { any: known.length > 0 ? both((held) => held.some((reason) => among.includes(reason))) : null, reasons };
}
