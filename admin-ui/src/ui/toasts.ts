/** Short notes that something was done. Errors are not shown here: they stand where they can be acted upon. */
import { ref } from 'vue'

export interface Toast {
  id: number
  text: string
}

export const toasts = ref<Toast[]>([])
let lastId = 0

export function toast(text: string): void {
  lastId += 1
  toasts.value = [...toasts.value.slice(-2), { id: lastId, text }]
}

export function dismissToast(id: number): void {
  toasts.value = toasts.value.filter((shown) => shown.id !== id)
}
