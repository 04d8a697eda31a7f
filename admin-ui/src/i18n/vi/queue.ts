import type { Messages } from '../messages.ts'

export const queue: Messages['queue'] = {
  title: 'Hàng đợi',
  text: 'Thư đang chờ gửi, theo lần báo gần nhất của các máy thư.',
  searchLabel: 'Tìm theo địa chỉ người gửi hoặc người nhận, hoặc theo nơi đến',
  empty: 'Không có thư nào đang chờ',
  emptyText: 'Mọi thư cần gửi đều đã được gửi.',
  tabs: { messages: 'Thư', destinations: 'Nơi đến', holds: 'Đang giữ' },
  recipient: 'Người nhận',
  sender: 'Người gửi',
  noSender: 'Thông báo',
  destination: 'Nơi đến',
  messages: 'Số thư',
  lastReply: 'Trả lời gần nhất',
  since: 'Chờ từ',
  oldest: 'Lâu nhất từ',
  nextAttempt: 'Lần thử tiếp theo',
  steps: { hold: 'Giữ lại', release: 'Thả ra', retry: 'Thử ngay', bounce: 'Trả lại', delete: 'Xóa' },
  titles: {
    hold: 'Giữ thư gửi đến {name}?',
    release: 'Thả {name}?',
    retry: 'Thử {name} ngay?',
    bounce: 'Trả lại thư gửi đến {name}?',
    delete: 'Xóa thư gửi đến {name}?',
  },
  texts: {
    hold: 'Thư không được gửi cho đến khi được thả và không hết hạn. Với một nơi đến, thư đến sau cũng bị giữ.',
    release: 'Những thư không còn gì giữ sẽ được gửi ngay.',
    retry: 'Lần thử tiếp theo diễn ra ngay. Sau đó mọi việc tiếp tục như trước.',
    bounce: 'Thư bị bỏ và từng người gửi nhận được thông báo. Không thể hoàn tác.',
    delete: 'Thư bị bỏ và không ai được báo. Không thể hoàn tác.',
  },
  done: {
    hold: '{name} đã bị giữ.',
    release: '{name} đã được thả.',
    retry: 'Đang thử {name}.',
    bounce: 'Đang trả lại thư gửi đến {name}.',
    delete: 'Đang xóa thư gửi đến {name}.',
  },
}

export const queueHolds: Messages['queueHolds'] = {
  title: 'Đang giữ',
  empty: 'Không có gì bị giữ',
  emptyText: 'Giữ một thư hoặc một nơi đến để thư không được gửi cho đến khi có người xem xét.',
  what: 'Thư của',
  anyDestination: 'Mọi nơi',
  reason: 'Lý do',
  note: 'Ghi chú',
  since: 'Từ',
}
