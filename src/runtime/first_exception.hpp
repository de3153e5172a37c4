#pragma once

#include <exception>
#include <mutex>

namespace foundation::runtime {

/// The first exception of several threads, to be thrown again by one of them: exceptions must
/// not leave an OpenMP region.
class FirstException {
 public:
  /// To be called in a catch block.
  void keep() noexcept {
    const std::lock_guard lock{mutex_};
    if (!first_) first_ = std::current_exception();
  }
  void rethrow() const {
    if (first_) std::rethrow_exception(first_);
  }

 private:
  std::mutex mutex_;
  std::exception_ptr first_;
};

}  // namespace foundation::runtime
