/** The way from a file to a job that has tried it: passwords where there are none, the upload, the preview. */
import { computed, reactive, ref, shallowRef } from 'vue'
import type { ApiError } from '../../graphql/api-error.ts'
import type { ImportKind } from '../../graphql/graphql.ts'
import { useMutation } from '../../graphql/use-mutation.ts'
import type { Columns } from './import-fields.ts'
import { startImportMutation } from './imports.queries.ts'
import type { ChosenFile } from './read-file.ts'
import { uploadFile } from './upload-file.ts'
import { withPasswords, type MadeAccount } from './with-passwords.ts'

export function useImport() {
  const mutation = reactive(useMutation(startImportMutation, ['Job']))
  const uploading = ref(false)
  const uploadError = shallowRef<ApiError>()
  /** The passwords that were made: nobody else has them. */
  const accounts = shallowRef<MadeAccount[]>([])

  /** The id of the job that tries all rows, or null where `errors` says why there is none. */
  async function start(asked: {
    chosen: ChosenFile
    kind: ImportKind
    tenantId: string
    columns: Columns
    makePasswords: boolean
  }): Promise<string | null> {
    const { file, jsonLines } = asked.chosen
    mutation.reset()
    uploadError.value = undefined
    uploading.value = true
    try {
      const made = asked.makePasswords ? withPasswords(await file.text(), asked.columns.address!) : undefined
      const answer = await uploadFile(made?.file ?? file, jsonLines)
      if ('error' in answer) {
        uploadError.value = answer.error
        return null
      }
      const columns = made ? { ...asked.columns, password: made.column } : asked.columns
      const payload = await mutation.run({
        input: {
          tenantId: asked.tenantId,
          uploadId: answer.upload.id,
          kind: asked.kind,
          columns: Object.entries(columns).map(([field, column]) => ({ field, column })),
          dryRun: true,
        },
      })
      if (!payload?.job) return null
      accounts.value = made?.accounts ?? []
      return payload.job.id
    } finally {
      uploading.value = false
    }
  }

  return {
    start,
    accounts,
    busy: computed(() => uploading.value || mutation.busy),
    errors: computed(() => (uploadError.value ? [uploadError.value] : mutation.errors)),
    reset() {
      uploadError.value = undefined
      mutation.reset()
    },
  }
}
