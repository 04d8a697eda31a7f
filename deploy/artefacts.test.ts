/**
 * Units, images and chart say what the programs understand: each variable that they set is a setting, each port is one that is
 * listened on, each file that is copied is there, each value that a template reads is declared.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { dashboards, textOf } from './grafana/boards.mjs'
import { repositoryRoot } from './places.mjs'

const read = (path: string): string => readFileSync(join(repositoryRoot, path), 'utf8')
const variables = /\b(?:MAILFLEET_[A-Z0-9_]+|DATABASE_URL)\b/g
const matches = (text: string, pattern: RegExp): string[] => [...new Set(text.match(pattern) ?? [])].sort()

const telemetry = read('telemetry/src/settings.ts')
const controlPlane = matches(read('control-plane/src/platform/settings.ts') + telemetry, variables)
const node = matches(read('node-agent/src/settings.ts') + telemetry, variables)
const nodePorts = [...read('node-agent/src/settings.ts').matchAll(/_PORT: port\((\d+)\)/g)].map(([, port]) =>
  Number(port),
)

const dockerfile = read('deploy/container/Dockerfile')
const stage = (name: string): string =>
  new RegExp(`^FROM \\S+ AS ${name}$[^]*?(?=^FROM|$(?![^]))`, 'm').exec(dockerfile)![0]
const compose = parse(read('deploy/container/compose.yaml'), { merge: true }) as {
  services: Record<string, { environment: Record<string, string>; ports?: string[]; secrets?: string[] }>
  secrets: Record<string, unknown>
}
/** Metrics that the programs declare, by their sources; counters of a node's events are named after tallies. */
const declared = new Set([
  ...matches(
    ['telemetry', 'control-plane', 'node-agent']
      .flatMap((part) =>
        readdirSync(join(repositoryRoot, part, 'src'), { recursive: true, encoding: 'utf8' })
          .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
          .map((file) => read(`${part}/src/${file}`))
          .filter((text) => /\b(prom-client|sampledGauge)\b/.test(text)),
      )
      .join('\n'),
    /(?<=')mailfleet_[a-z_]+(?=')/g,
  ),
  ...matches(/tallyNames = \[([^\]]+)\]/.exec(read('node-agent/src/events/event-tally.ts'))![1]!, /\w+/g).map(
    (name) => `mailfleet_node_${name}_total`,
  ),
])
const rules = read('deploy/prometheus/alerts.yml')

it('boards and alert rules name only metrics that there are, and each of ours is on a board', () => {
  const base = (name: string): string => (declared.has(name) ? name : name.replace(/_(bucket|count|sum)$/, ''))
  const named = (text: string) => matches(text, /\bmailfleet_[a-z_]+/g).map(base)
  const onBoards = named(Object.values(dashboards).map(textOf).join('\n'))
  expect(declared.size).toBeGreaterThan(30)
  expect([...onBoards, ...named(rules)].filter((name) => !declared.has(name))).toEqual([])
  expect([...declared].filter((name) => !onBoards.includes(name))).toEqual([])
})

const promtool = spawnSync('promtool', ['--version']).status === 0
if (!promtool) console.log('skipped: promtool is not here, alert rules are not checked')

it.skipIf(!promtool)('promtool takes the alert rules', () => {
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'rules', 'deploy/prometheus/alerts.yml'], {
    cwd: repositoryRoot,
    encoding: 'utf8',
  })
  expect([status, stdout + stderr]).toEqual([0, expect.stringContaining('SUCCESS')])
})

it('boards are what their source says', () => {
  for (const [file, dashboard] of Object.entries(dashboards))
    expect(read(`deploy/grafana/${file}`), 'node deploy/grafana/boards.mjs writes it').toBe(textOf(dashboard))
})

const template = (name: string): string => read(`deploy/helm/mailfleet/templates/${name}.yaml`)

it.each([
  ['unit of the control plane', read('deploy/systemd/mailfleet-control-plane.service'), controlPlane],
  ['unit of a node', read('deploy/systemd/mailfleet-node.service'), node],
  ['image of the control plane', stage('control-plane'), controlPlane],
  ['image of a node', stage('node'), node],
  ['chart: control plane', template('control-plane'), controlPlane],
  ['chart: nodes', template('nodes'), node],
  ['compose: control plane', Object.keys(compose.services['control-plane']!.environment).join(' '), controlPlane],
  ['compose: node', Object.keys(compose.services.node!.environment).join(' '), node],
])('%s: every variable is a setting of the program', (_name, text, settings) => {
  const named = matches(text, variables)
  expect(named.length).toBeGreaterThan(1)
  expect(named.filter((name) => !settings.includes(name))).toEqual([])
})

describe('ports', () => {
  it('the image exposes, compose publishes and the chart serves what a node listens on', () => {
    const sorted = [...nodePorts].sort((a, b) => a - b)
    const numbers = (text: string, pattern: RegExp) =>
      [...text.matchAll(pattern)].map(([, port]) => Number(port)).sort((a, b) => a - b)
    expect(sorted).toHaveLength(7)
    expect(numbers(/^EXPOSE (.*)$/m.exec(stage('node'))![1]!, /(\d+)/g)).toEqual(sorted)
    expect(numbers(compose.services.node!.ports!.join(' '), /\d+:(\d+)/g)).toEqual(sorted)
    expect(numbers(template('nodes'), /\(list "\w+" \d+ (\d+)\)/g)).toEqual(sorted)
  })

  it('compose publishes the control plane on loopback alone, and the database not at all', () => {
    expect(compose.services['control-plane']!.ports).toEqual(['127.0.0.1:8480:8480'])
    expect(compose.services.postgres!.ports).toBeUndefined()
  })
})

it('what the images copy from the clone is there, and is not kept from the builder', () => {
  const ignore = read('.dockerignore').split('\n')
  const sources = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, paths]) => paths!.split(' '))
  expect(sources).toContain('package-lock.json')
  for (const path of sources.filter((path) => path !== '.')) {
    expect(existsSync(join(repositoryRoot, path)), path).toBe(true)
    expect(ignore, path).toContain(`!${path.split('/')[0]}`)
  }
})

it('secrets that compose hands out are declared', () => {
  const used = Object.values(compose.services).flatMap(({ secrets }) => secrets ?? [])
  expect(used.sort()).toEqual(Object.keys(compose.secrets).sort())
})

it('values that the chart reads have a default and a place in its schema', () => {
  const folder = 'deploy/helm/mailfleet/templates'
  const text = readdirSync(join(repositoryRoot, folder))
    .map((name) => read(`${folder}/${name}`))
    .join('\n')
  const paths = matches(text, /(?<=\.Values\.)[a-zA-Z]+\.[a-zA-Z]+/g)
  const values = parse(read('deploy/helm/mailfleet/values.yaml')) as Record<string, Record<string, unknown>>
  const schema = JSON.parse(read('deploy/helm/mailfleet/values.schema.json')) as {
    properties: Record<string, { properties: Record<string, unknown> }>
  }
  expect(paths).toContain('nodes.list')
  for (const path of paths) {
    const [part, name] = path.split('.') as [string, string]
    expect(values[part], path).toHaveProperty(name)
  }
  for (const [part, defaults] of Object.entries(values))
    expect(Object.keys(schema.properties[part]!.properties).sort()).toEqual(Object.keys(defaults).sort())
})

const analyze = spawnSync('systemd-analyze', ['--version']).status === 0
if (!analyze) console.log('skipped: systemd-analyze is not here, units are not verified')

it.skipIf(!analyze).each(['mailfleet-control-plane.service', 'mailfleet-node.service'])(
  '%s: systemd takes it, and finds little exposed',
  (name) => {
    const folder = mkdtempSync(join(tmpdir(), 'mailfleet-units-'))
    try {
      const unit = join(folder, name)
      writeFileSync(unit, read(`deploy/systemd/${name}`))
      const verified = spawnSync('systemd-analyze', ['verify', '--man=no', unit], { encoding: 'utf8' })
      expect(verified.stderr.split('\n').filter((line) => line.includes(name))).toEqual([])
      // Of 10, in tenths; 9 is what a unit without any hardening has.
      const exposed = spawnSync('systemd-analyze', ['security', '--offline=true', '--threshold=20', unit])
      expect(exposed.status).toBe(0)
    } finally {
      rmSync(folder, { recursive: true })
    }
  },
)
