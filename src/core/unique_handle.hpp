#pragma once

#include <utility>

namespace foundation::core {

/// Sole owner of one C-library handle, closed exactly once. `Policy` names the raw type, its
/// null value and a `close` that never throws. Not thread-safe.
template <class Policy>
class UniqueHandle {
 public:
  using Raw = typename Policy::Raw;

  UniqueHandle() = default;
  explicit UniqueHandle(Raw raw) noexcept : raw_{raw} {}
  UniqueHandle(UniqueHandle&& other) noexcept : raw_{other.release()} {}
  UniqueHandle& operator=(UniqueHandle&& other) noexcept {
    reset(other.release());
    return *this;
  }
  ~UniqueHandle() { reset(); }

  [[nodiscard]] Raw get() const noexcept { return raw_; }
  [[nodiscard]] Raw release() noexcept { return std::exchange(raw_, Policy::null()); }
  [[nodiscard]] explicit operator bool() const noexcept { return raw_ != Policy::null(); }
  void reset(Raw raw = Policy::null()) noexcept {
    if (Raw old = std::exchange(raw_, raw); old != Policy::null()) Policy::close(old);
  }

 private:
  Raw raw_ = Policy::null();
};

}  // namespace foundation::core
