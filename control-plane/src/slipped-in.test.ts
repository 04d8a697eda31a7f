/**
 * ACCEPTANCE F 35, from the SDL: into the input of every mutation each of these names is slipped, wherever the input does not have it. It is
 * refused as a request, as what one may and as what one may not, and nothing is changed.
 */
import { isInputObjectType, getNamedType } from 'graphql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import 'reflect-metadata'
import { createAdminSchema } from './admin-schema.js'
import { startTestApplication, type TestApplication } from './test-support/test-application.js'

const slipped = {
  role: 'PLATFORM_ADMIN',
  tenantId: '00000000-0000-4000-8000-000000000000',
  quotaBytes: 1,
  status: 'ACTIVE',
  passwordHash: 'x',
  createdAt: '2020-01-01T00:00:00Z',
  path: 'x',
  isAdmin: true,
  __proto: {},
}

let application: TestApplication
beforeAll(async () => {
  application = await startTestApplication()
})
afterAll(() => application?.stop())

const mutations = Object.values(createAdminSchema().getMutationType()!.getFields()).flatMap((field) => {
  const input = field.args.find(({ name }) => name === 'input')
  const type = input && getNamedType(input.type)
  return isInputObjectType(type) ? [[field.name, type] as const] : []
})

describe.each(mutations)('%s', (name, type) => {
  const foreign = Object.entries(slipped).filter(([field]) => !(field in type.getFields()))

  test('takes no more than its input says', async () => {
    for (const [field, value] of foreign) {
      const { status, data, errors } = await application.admin.send(
        `mutation ($input: ${type.name}!) { ${name}(input: $input) { errors { code } } }`,
        { input: { [field]: value } },
      )
      expect({ status, data }).toEqual({ status: 400, data: null })
      const messages = errors.map(({ message, extensions }) => [extensions.code, message].join(' '))
      expect(
        messages.some((message) => message.startsWith('INVALID_REQUEST') && message.includes(`"${field}"`)),
        field,
      ).toBe(true)
    }
  })
})
