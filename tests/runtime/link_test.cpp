#include "runtime/link.hpp"

#include <thread>

#include <gtest/gtest.h>

namespace foundation::runtime {
namespace {

using namespace std::chrono_literals;

Bytes message_of(std::size_t number) {
  return Bytes(number % 5 + 1, static_cast<std::byte>(number));
}

TEST(Mailbox, keeps_order_between_threads) {
  constexpr std::size_t count = 20'000;
  Mailbox mailbox;
  std::jthread sender{[&mailbox] {
    for (std::size_t number = 0; number < count; ++number) mailbox.put(message_of(number));
  }};
  for (std::size_t number = 0; number < count;) {
    const auto message = mailbox.take();
    if (!message) {
      mailbox.wait_for(10ms);
      continue;
    }
    ASSERT_EQ(*message, message_of(number)) << number;
    ++number;
  }
  EXPECT_FALSE(mailbox.take());
}

TEST(Mailbox, waits_no_longer_than_for_a_message) {
  Mailbox mailbox;
  const core::Time before = core::monotonic_now();
  mailbox.wait_for(20ms);
  EXPECT_GE(core::monotonic_now() - before, 19ms);
  std::jthread sender{[&mailbox] {
    std::this_thread::sleep_for(5ms);
    mailbox.put(message_of(1));
  }};
  mailbox.wait_for(60s);
  EXPECT_LT(core::monotonic_now() - before, 30s);
  EXPECT_TRUE(mailbox.take());
}

TEST(LoopbackLink, joins_two_mailboxes) {
  Mailbox to_worker;
  Mailbox to_coordinator;
  LoopbackLink link{to_worker, to_coordinator};
  EXPECT_FALSE(link.receive());
  to_worker.put(message_of(3));
  to_worker.put(message_of(4));
  const auto first = link.receive();
  ASSERT_TRUE(first);
  EXPECT_EQ(Bytes(first->begin(), first->end()), message_of(3));
  link.send(messaging::Channel::data, message_of(7));
  EXPECT_TRUE(link.flushed());
  EXPECT_EQ(to_coordinator.take(), message_of(7));
  EXPECT_TRUE(link.receive());
  EXPECT_FALSE(link.receive());
}

}  // namespace
}  // namespace foundation::runtime
