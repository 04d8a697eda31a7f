/** What we use of mailauth below its entry point, which loads more than is needed here; its own types leave these files out. */
declare module 'mailauth/lib/dkim/dkim-verifier.js' {
  import { Writable } from 'node:stream'

  interface Tag {
    value?: string | number
  }
  export interface SignatureHeader {
    type: 'DKIM' | 'ARC' | 'AS'
    parsed?: Record<string, Tag | undefined>
    signingDomain: string
    selector: string
    algorithm: string
    original: Buffer
    /** Is not verified, and has no result. */
    skip?: boolean
  }
  export interface ParsedHeaders {
    /** The key is null where a line is no field. */
    parsed: { key: string | null; line: Buffer }[]
  }
  interface VerifierResult {
    /** None: the message has no signature. */
    signingDomain?: string
    selector?: string
    algo?: string
    signature?: string
    signatureTimeValid?: boolean
    status: {
      result: 'none' | 'pass' | 'fail' | 'policy' | 'neutral' | 'temperror'
      comment?: string | false
      policy?: Record<string, string>
    }
  }

  export class DkimVerifier extends Writable {
    constructor(options: { resolver: unknown; minBitLength: number })
    protected signatureHeaders: SignatureHeader[]
    protected headers: ParsedHeaders
    readonly results: VerifierResult[]
    readonly arc: { chain: false | Record<string, SignatureHeader | undefined>[]; error?: Error }
    messageHeaders(headers: ParsedHeaders): Promise<void>
  }
}

declare module 'mailauth/lib/arc/index.js' {
  export function arc(
    data: unknown,
    options: { resolver: unknown; minBitLength: number },
  ): Promise<{ status: { result: 'none' | 'pass' | 'fail'; comment?: string | false }; i?: number | false }>
}
