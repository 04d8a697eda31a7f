import type { Messages } from '../messages.ts'

export const attention: Messages['attention'] = {
  title: 'Cần chú ý',
  nothing: 'Không có gì. Mọi thứ đều ổn.',
  away: 'Máy thư {name} không kết nối',
  unhealthy: 'Máy thư {name} có vấn đề: {problem}',
  refused: 'Máy thư {name} từ chối {count} thiết lập',
  queue: 'Trên {name} có {count} thư chờ gửi',
  drift: '{name}: bản ghi “{purpose}” không còn đúng',
  job: 'Công việc {operation} không tiếp tục được',
  budget: '{name} đã dùng quá mức được cấp: {resource}',
  nearEnd: 'Đã dùng {percent}% mức được cấp: {resource}',
  unproven: '{count} tên miền chờ chứng minh chủ sở hữu',
  more: 'và {count} mục khác',
}

export const shortcuts: Messages['shortcuts'] = {
  title: 'Phím tắt',
  everywhere: 'Mọi nơi',
  list: 'Danh sách này',
  search: 'Tìm trong danh sách',
  inTable: 'Trong bảng',
  rows: 'Chuyển từng dòng',
  ends: 'Dòng đầu và dòng cuối',
  open: 'Mở',
  select: 'Chọn',
  extend: 'Chọn thêm',
  letGo: 'Bỏ chọn',
  goTo: 'Đi tới, bấm lần lượt từng phím',
  on: 'Bật phím tắt một chữ cái',
  onHint: 'Tắt khi chúng cản trở nhập bằng giọng nói hoặc trình đọc màn hình.',
}

export const traffic: Messages['traffic'] = {
  title: 'Thư',
  zone: 'Giờ theo {zone}',
  span: 'Khoảng thời gian',
  day: '24 giờ qua',
  week: '7 ngày qua',
  delivered: 'Đã phát',
  deferred: 'Tạm hoãn',
  bounced: 'Trả lại',
  refused: 'Từ chối',
  nothing: 'Không có thư nào trong thời gian này.',
  cut: 'Có nhiều sự kiện hơn mức đếm được: chỉ hiển thị những sự kiện mới nhất.',
  asTable: 'Dạng bảng',
  time: 'Thời điểm',
}
