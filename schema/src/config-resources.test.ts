import { describe, expect, it } from 'vitest'
import { configKey, configKinds, configResource, nodeSettingsResource } from './config-resources.js'

describe('config resources', () => {
  const settings = { kind: 'NodeSettings', id: 'n1', hostName: 'mx.example.org', status: 'ACTIVE' }

  it('fills in what an older control plane does not send and drops what a newer one adds', () => {
    const parsed = nodeSettingsResource.parse({ ...settings, inventedLater: true })
    expect(parsed.maxMessageBytes).toBe(52_428_800)
    expect(parsed.outboundRoutes).toEqual([])
    expect(parsed).not.toHaveProperty('inventedLater')
  })

  it('refuses values that an engine could not run', () => {
    for (const bad of [
      { retryDelays: [] },
      { retryDelays: [0] },
      { maxMessageBytes: 1 },
      { outboundRoutes: [{ domain: '*', host: 'relay.example', port: 70_000 }] },
      { kind: 'Unknown' },
    ])
      expect(configResource.safeParse({ ...settings, ...bad }).success, JSON.stringify(bad)).toBe(false)
  })

  it('names a resource by kind and id', () => {
    expect(configKey({ kind: 'Mailbox', id: 'x' })).toBe('Mailbox/x')
    expect([...configKinds].sort()).toEqual([
      'Alias',
      'AppPassword',
      'Ban',
      'Domain',
      'Forward',
      'Group',
      'Mailbox',
      'NodeSettings',
      'Policy',
      'QueueCommand',
      'QueueHold',
      'SendBudget',
    ])
  })
})
