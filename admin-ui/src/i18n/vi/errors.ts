import type { Messages } from '../messages.ts'

export const errors: Messages['errors'] = {
  NETWORK: 'Máy chủ không trả lời. Hãy kiểm tra kết nối rồi thử lại.',
  UNAUTHENTICATED: 'Phiên làm việc đã kết thúc. Hãy đăng nhập lại.',
  INVALID_CREDENTIALS: 'Địa chỉ e-mail hoặc mật khẩu không đúng.',
  NOT_FOUND: 'Mục này không còn tồn tại, hoặc bạn không có quyền xem.',
  FORBIDDEN: 'Bạn không được phép làm việc này.',
  INVALID_INPUT: 'Hãy kiểm tra lại: giá trị không hợp lệ.',
  INVALID_REQUEST: 'Máy chủ không hiểu được yêu cầu.',
  VERSION_CONFLICT: 'Người khác vừa thay đổi mục này. Hãy tải phiên bản mới nhất rồi sửa lại.',
  ALREADY_EXISTS: 'Tên này đã được sử dụng.',
  NOT_EMPTY: 'Bên trong vẫn còn mục khác. Hãy xóa hoặc chuyển chúng đi trước.',
  TENANT_KIND: 'Loại đơn vị này không thể nằm dưới cấp trên đã chọn.',
  LAST_ADMINISTRATOR: 'Phải giữ lại người quản trị nền tảng cuối cùng và tài khoản của chính bạn.',
  NO_NODE: 'Không có máy thư nào đang hoạt động để nhận tên miền này. Hãy thêm hoặc khôi phục một máy trước.',
  IDEMPOTENCY_KEY_REUSED: 'Yêu cầu này đã được gửi với nội dung khác. Hãy tải lại trang.',
  ADDRESS_LOOP: 'Địa chỉ này dẫn vòng về chính nó.',
  BUDGET_EXCEEDED: 'Hạn mức của đơn vị này hoặc của cấp trên không đủ.',
  RATE_LIMITED: 'Thử quá nhiều lần. Hãy chờ một lát rồi thử lại.',
  RATE_LIMITED_FOR: 'Thử quá nhiều lần. Hãy thử lại sau {retryAfter} giây.',
  TWO_FACTOR_REQUIRED: 'Hãy thiết lập xác thực hai bước trước.',
  INVALID_FACTOR: 'Mã hoặc khóa truy cập không đúng.',
  STEP_ENDED: 'Bước này đã kết thúc. Hãy bắt đầu lại.',
  CONFIRMATION_REQUIRED: 'Trước hết hãy xác nhận đó là bạn.',
  INVALID_JOIN_TOKEN: 'Mã kết nối không hợp lệ.',
  INTERNAL: 'Máy chủ gặp sự cố. Sự cố đã được ghi lại.',
}

export const rules: Messages['rules'] = {
  email: "Nhập địa chỉ e-mail, ví dụ lan{'@'}example.com.",
  addresses: 'Nhập địa chỉ e-mail đầy đủ, mỗi dòng một địa chỉ. Không hợp lệ: {value}',
  localPart: "Được dùng chữ cái, chữ số và . _ - +; không có dấu cách, không có {'@'}.",
  domainName: 'Nhập tên miền, ví dụ example.com.',
  hostName: 'Nhập tên máy đầy đủ, ví dụ mx1.example.com.',
  passwordLength: 'Ít nhất {min} ký tự.',
  size: 'Nhập một số, ví dụ 5 hoặc 2,5.',
  durations: 'Nhập khoảng thời gian, ví dụ 1m, 5m, 1h.',
}
