/**
 * What the parser takes from one message. All are far above what honest mail has; beyond, the message is kept and served as
 * it is, and only its description stops: more nesting is an opaque leaf, more parts belong to the last one.
 */
export const limits = {
  depth: 100,
  parts: 2_000,
  headerLines: 50_000,
  /** Octets of one header field that are kept; the rest is not looked at. */
  addressField: 128 * 1024,
  otherField: 16 * 1024,
  /** Octets of all fields of a message that are kept. */
  keptFields: 2 * 1024 * 1024,
  addresses: 5_000,
  parameters: 200,
  /** RFC 2046 allows 70. */
  boundary: 256,
} as const
