/**
 * Suspend, resume, delete and restore of one kind of object: asks first, sends the version that the viewer saw, and says what came of
 * it. Texts are `<texts>.suspendTitle`, `.suspendText`, `.deleteTitle`, `.deleteText`, `.suspended`, `.resumed`, `.deleted`.
 */
import { CirclePause, CirclePlay, Trash2, Undo2 } from '@lucide/vue'
import { computed, reactive, ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { useMutation } from '../../graphql/use-mutation.ts'
import { useSession } from '../../session/session.store.ts'
import { allowed, type Action } from '../../ui/action.ts'
import { toast } from '../../ui/toasts.ts'
import { whyPlace } from '../permissions/permission-question.ts'
import {
  lifecycleMutation,
  receivingKinds,
  restorableKinds,
  type LifecycleKind,
  type Step,
} from './lifecycle-mutation.ts'

export interface LifecycleTarget {
  id: string
  version: number
  status: 'ACTIVE' | 'SUSPENDED'
  /** Deleted, and to be restored. */
  deletedAt?: string | null
}

/** The list or page that shows the objects. */
export interface Shown<Target> {
  /** The newest state of an object, after `reload`. */
  find: (id: string) => Target | undefined
  reload: () => unknown
  onDeleted?: (target: Target) => unknown
}

export function useLifecycle<Target extends LifecycleTarget>(
  shown: Shown<Target>,
  options: {
    type: LifecycleKind
    texts: string
    /** Further types whose lists change. */
    touches?: string[]
    nameOf: (target: Target) => string
  },
) {
  const { t } = useI18n()
  const session = useSession()
  const asked = ref<{ step: Step; target: Target }>()
  const open = ref(false)
  /** Of a suspension: whether mail is still taken in. */
  const receiving = ref(false)
  const mutationOf = (step: Step, more?: ', receiving: true') =>
    useMutation(lifecycleMutation(step, options.type, more), [options.type, ...(options.touches ?? [])])
  const mutations = {
    suspend: mutationOf('suspend'),
    resume: mutationOf('resume'),
    delete: mutationOf('delete'),
    restore: mutationOf('restore'),
  }
  const suspendReceiving = mutationOf('suspend', ', receiving: true')
  const step = computed<Step>(() => asked.value?.step ?? 'suspend')
  const chosen = computed(() =>
    step.value === 'suspend' && receiving.value ? suspendReceiving : mutations[step.value],
  )
  const mutation = computed(() => reactive(chosen.value))
  const name = computed(() => (asked.value ? options.nameOf(asked.value.target as Target) : ''))
  const done = computed(() => {
    if (step.value === 'restore') return t('common.restored', { name: name.value })
    const key = { suspend: 'suspended', resume: 'resumed', delete: 'deleted' }[step.value]
    return t(`${options.texts}.${key}`, { name: name.value })
  })

  function ask(next: Step, target: Target): void {
    mutations[next].reset()
    suspendReceiving.reset()
    receiving.value = false
    asked.value = { step: next, target } as never
    open.value = true
  }

  async function confirm(): Promise<void> {
    if (!asked.value) return
    const target = shown.find(asked.value.target.id) ?? asked.value.target
    const payload = await chosen.value.run({ input: { id: target.id, version: target.version } })
    if (!payload) return
    open.value = false
    toast(done.value)
    if (step.value === 'delete') await shown.onDeleted?.(target as Target)
  }

  async function reload(): Promise<void> {
    chosen.value.reset()
    await shown.reload()
  }

  /** What the viewer may do with an object in its state. */
  const actionsOf = (target: Target): Action[] => {
    if (target.deletedAt)
      return allowed(
        restorableKinds.includes(options.type) &&
          session.can('delete', options.type) && {
            label: t('common.restore'),
            icon: Undo2,
            run: () => ask('restore', target),
          },
      )
    return allowed(
      target.status === 'ACTIVE' &&
        session.can('suspend', options.type) && {
          label: t('common.suspend'),
          icon: CirclePause,
          run: () => ask('suspend', target),
        },
      target.status === 'SUSPENDED' &&
        session.can('suspend', options.type) && {
          label: t('common.resume'),
          icon: CirclePlay,
          run: () => ask('resume', target),
        },
      session.can('delete', options.type) && {
        label: t('common.delete'),
        icon: Trash2,
        danger: true,
        run: () => ask('delete', target),
      },
    )
  }

  return reactive({
    actionsOf,
    confirm,
    reload,
    open,
    receiving,
    mayReceive: computed(() => step.value === 'suspend' && receivingKinds.includes(options.type)),
    setReceiving: (on: boolean) => (receiving.value = on),
    show: (visible: boolean) => (open.value = visible),
    step,
    mutation,
    name,
    /** Resuming takes the right to suspend, and restoring that to delete. */
    why: computed(() =>
      asked.value && session.viewer
        ? whyPlace(session.viewer.administrator.id, ['suspend', 'resume'].includes(step.value) ? 'suspend' : 'delete', {
            type: options.type,
            id: asked.value.target.id,
          })
        : undefined,
    ),
    title: computed(() =>
      step.value === 'resume' || step.value === 'restore'
        ? t(`common.${step.value}Title`, { name: name.value })
        : t(`${options.texts}.${step.value}Title`, { name: name.value }),
    ),
    text: computed(() =>
      step.value === 'resume' || step.value === 'restore'
        ? t(`common.${step.value}Text`)
        : t(`${options.texts}.${step.value}Text`, { name: name.value }),
    ),
  })
}

/** What the dialog needs, whatever the kind of object. */
export type Lifecycle = Omit<ReturnType<typeof useLifecycle>, 'actionsOf'>
