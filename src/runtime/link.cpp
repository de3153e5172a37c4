#include "runtime/link.hpp"

namespace foundation::runtime {

void Mailbox::put(std::span<const std::byte> message) {
  {
    const std::lock_guard lock{mutex_};
    messages_.emplace_back(message.begin(), message.end());
    count_.store(messages_.size(), std::memory_order_release);
  }
  filled_.notify_one();
}

std::optional<Bytes> Mailbox::take() {
  if (count_.load(std::memory_order_acquire) == 0) return std::nullopt;
  const std::lock_guard lock{mutex_};
  if (messages_.empty()) return std::nullopt;
  Bytes message = std::move(messages_.front());
  messages_.pop_front();
  count_.store(messages_.size(), std::memory_order_release);
  return message;
}

void Mailbox::wait_for(core::Duration span) {
  std::unique_lock lock{mutex_};
  filled_.wait_for(lock, span, [this] { return !messages_.empty(); });
}

}  // namespace foundation::runtime
