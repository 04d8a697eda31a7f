import type { Component } from 'vue'

export interface Action {
  label: string
  icon: Component
  danger?: boolean
  run: () => void
}

/** The actions whose condition holds, in order. */
export const allowed = (...actions: (Action | false)[]): Action[] => actions.filter((action) => action !== false)
