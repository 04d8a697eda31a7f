/**
 * Suspend, resume and delete of one kind of object: asks first, sends the version that the viewer saw, and says what came of
 * it. Texts are `<texts>.suspendTitle`, `.suspendText`, `.deleteTitle`, `.deleteText`, `.suspended`, `.resumed`, `.deleted`.
 */
import type { TypedDocumentNode } from '@urql/core'
import { computed, reactive, ref } from 'vue'
import { useI18n } from 'vue-i18n'
import type { PayloadError } from '../../graphql/api-error.ts'
import { useMutation } from '../../graphql/use-mutation.ts'
import { toast } from '../../ui/toasts.ts'

export interface LifecycleTarget {
  id: string
  version: number
  status: 'ACTIVE' | 'SUSPENDED'
}
type Step = 'suspend' | 'resume' | 'delete'
type Document = TypedDocumentNode<{ payload: { errors: PayloadError[] } }, { input: { id: string; version: number } }>

export function useLifecycle<Target extends LifecycleTarget>(options: {
  texts: string
  documents: Record<Step, Document>
  /** Types whose lists change. */
  touches: string[]
  nameOf: (target: Target) => string
  /** The newest state of an object, after `reload`. */
  find: (id: string) => Target | undefined
  reload: () => unknown
  onDeleted?: (target: Target) => unknown
}) {
  const { t } = useI18n()
  const asked = ref<{ step: Step; target: Target }>()
  const open = ref(false)
  const mutations = {
    suspend: useMutation(options.documents.suspend, options.touches),
    resume: useMutation(options.documents.resume, options.touches),
    delete: useMutation(options.documents.delete, options.touches),
  }
  const step = computed<Step>(() => asked.value?.step ?? 'suspend')
  const mutation = computed(() => reactive(mutations[step.value]))
  const name = computed(() => (asked.value ? options.nameOf(asked.value.target as Target) : ''))
  const done = { suspend: 'suspended', resume: 'resumed', delete: 'deleted' } as const

  function ask(next: Step, target: Target): void {
    mutations[next].reset()
    asked.value = { step: next, target } as never
    open.value = true
  }

  async function confirm(): Promise<void> {
    if (!asked.value) return
    const target = options.find(asked.value.target.id) ?? asked.value.target
    const payload = await mutations[step.value].run({ input: { id: target.id, version: target.version } })
    if (!payload) return
    open.value = false
    toast(t(`${options.texts}.${done[step.value]}`, { name: name.value }))
    if (step.value === 'delete') await options.onDeleted?.(target as Target)
  }

  async function reload(): Promise<void> {
    mutations[step.value].reset()
    await options.reload()
  }

  return reactive({
    ask,
    confirm,
    reload,
    open,
    show: (shown: boolean) => (open.value = shown),
    step,
    mutation,
    name,
    title: computed(() =>
      step.value === 'resume'
        ? t('common.resumeTitle', { name: name.value })
        : t(`${options.texts}.${step.value}Title`, { name: name.value }),
    ),
    text: computed(() =>
      step.value === 'resume' ? t('common.resumeText') : t(`${options.texts}.${step.value}Text`, { name: name.value }),
    ),
  })
}

/** What the dialog needs, whatever the kind of object. */
export type Lifecycle = Omit<ReturnType<typeof useLifecycle>, 'ask'>
