/**
 * Where streams begin again. A control plane whose database was restored from a backup does not have events any more that this node
 * has shipped and removed; it takes no batch after such a gap. The rest then goes on as a new stream, numbered from there.
 */
import { existsSync, readFileSync } from 'node:fs'
import { z } from 'zod'
import { replaceFile } from './durable-file.js'

const stored = z.record(z.string(), z.number().int().positive())

export class StreamBases {
  private readonly bases: Record<string, number>

  constructor(private readonly path: string) {
    this.bases = existsSync(path) ? stored.parse(JSON.parse(readFileSync(path, 'utf8'))) : {}
  }

  /** The last sequence of the outbox that is not part of the stream; 0 for one that never began again. */
  of(stream: string): number {
    return this.bases[stream] ?? 0
  }

  beginAgain(stream: string, base: number): void {
    this.bases[stream] = base
    replaceFile(this.path, `${JSON.stringify(this.bases)}\n`)
  }
}
