#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "messaging/channels.hpp"
#include "runtime/backoff.hpp"
#include "runtime/wire.hpp"

namespace foundation::runtime {

/// A worker's connection to its coordinator. One thread at a time, except `wait`.
class Link {
 public:
  virtual ~Link() = default;
  [[nodiscard]] virtual std::optional<std::span<const std::byte>> receive() = 0;
  virtual void send(messaging::Channel channel, std::span<const std::byte> message) = 0;
  /// Everything sent is on its way.
  [[nodiscard]] virtual bool flushed() = 0;
  /// Returns when a message may have come, or after a few milliseconds.
  virtual void wait() = 0;
  /// A message came: the next wait is short.
  virtual void came() = 0;
  /// The next look goes into every channel.
  virtual void expect_urgent() = 0;
};

/// To rank 0 over MPI.
class MpiLink final : public Link {
 public:
  explicit MpiLink(messaging::Channels& channels) : channels_{channels} {}
  std::optional<std::span<const std::byte>> receive() override {
    const auto incoming = channels_.receive();
    return incoming ? std::optional{incoming->bytes} : std::nullopt;
  }
  void send(messaging::Channel channel, std::span<const std::byte> message) override {
    channels_.send(0, channel, message);
  }
  bool flushed() override {
    channels_.progress();
    return channels_.all_sent();
  }
  void wait() override {
    if (backoff_.wait()) channels_.expect_urgent();
  }
  void came() override { backoff_.reset(); }
  void expect_urgent() override { channels_.expect_urgent(); }

 private:
  messaging::Channels& channels_;
  Backoff backoff_;
};

/// A queue of messages between two threads.
class Mailbox {
 public:
  void put(std::span<const std::byte> message);
  /// The oldest message, or nothing. A single relaxed load when empty.
  [[nodiscard]] std::optional<Bytes> take();
  void wait_for(core::Duration span);

 private:
  std::mutex mutex_;
  std::condition_variable filled_;
  std::deque<Bytes> messages_;
  std::atomic<std::size_t> count_{0};
};

/// The worker on rank 0 is a peer like any other, beside its coordinator.
class LoopbackLink final : public Link {
 public:
  LoopbackLink(Mailbox& to_worker, Mailbox& to_coordinator)
      : to_worker_{to_worker}, to_coordinator_{to_coordinator} {}
  std::optional<std::span<const std::byte>> receive() override {
    current_ = to_worker_.take();
    return current_ ? std::optional{std::span<const std::byte>{*current_}} : std::nullopt;
  }
  void send(messaging::Channel /*channel*/, std::span<const std::byte> message) override {
    to_coordinator_.put(message);
  }
  bool flushed() override { return true; }
  void wait() override { to_worker_.wait_for(std::chrono::milliseconds{50}); }
  void came() override {}
  void expect_urgent() override {}

 private:
  Mailbox& to_worker_;
  Mailbox& to_coordinator_;
  std::optional<Bytes> current_;
};

}  // namespace foundation::runtime
