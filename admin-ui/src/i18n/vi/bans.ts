import type { Messages } from '../messages.ts'

export const bans: Messages['bans'] = {
  title: 'Lệnh chặn',
  text: 'Các mạng tạm thời không được đăng nhập sau quá nhiều lần thất bại; trên mọi máy chủ và tại đây.',
  searchLabel: 'Lệnh chặn đang áp dụng cho một địa chỉ',
  empty: 'Không có mạng nào bị chặn',
  emptyText: 'Sau nhiều lần thất bại trong 15 phút, mạng đó phải chờ; mỗi lệnh chặn liên tiếp dài gấp đôi.',
  network: 'Mạng',
  failures: 'Số lần thất bại',
  strikes: 'Liên tiếp',
  since: 'Từ lúc',
  lift: 'Gỡ chặn',
  liftTitle: 'Gỡ lệnh chặn của {network}?',
  liftText: 'Có thể đăng nhập từ đó ngay, trên mọi máy chủ; các lần thất bại được xóa.',
  lifted: 'Đã gỡ lệnh chặn của {network}',
}
