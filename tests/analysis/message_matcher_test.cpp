#include "analysis/message_matcher.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <vector>

#include <gtest/gtest.h>

#include "core/random.hpp"

namespace foundation::analysis {
namespace {

class Collected final : public MatchSink {
 public:
  void call(const CallSpan& /*call*/) override {}
  void message(const Message& message) override { messages.push_back(message); }
  void collective(const Collective& /*collective*/) override {}
  std::vector<Message> messages;
};

class MessageMatcherTest : public ::testing::Test {
 protected:
  MessageMatcher::Handle send(std::int32_t source, std::int32_t tag, TraceTime at) {
    const auto handle = matcher_.send({1, source, 9, tag}, 8, {.enter = at});
    matcher_.send_left(handle, at + 1, false);
    return handle;
  }
  MessageMatcher::Handle receive(std::int32_t source, std::int32_t tag, TraceTime at) {
    return matcher_.receive({1, source, 9, tag}, at);
  }
  void received(MessageMatcher::Handle handle, std::int32_t source, std::int32_t tag) {
    matcher_.received(handle, source, tag, 8, {.enter = 500, .leave = 501});
  }
  /// Enter times of the sends, by the time at which the receive that took it was posted.
  std::map<TraceTime, TraceTime> pairs() const {
    std::map<TraceTime, TraceTime> found;
    for (const Message& it : sink_.messages)
      if (it.has_send() && it.has_receive()) found[it.receive.posted] = it.send.enter;
    return found;
  }
  using Pairs = std::map<TraceTime, TraceTime>;

  Collected sink_;
  MessageMatcher matcher_{sink_};
};

TEST_F(MessageMatcherTest, messages_do_not_overtake) {
  send(0, 5, 10);
  send(0, 5, 20);
  const auto first = receive(0, 5, 100);
  const auto second = receive(0, 5, 110);
  received(second, 0, 5);  // the order in which calls end does not matter
  received(first, 0, 5);
  EXPECT_EQ(pairs(), (Pairs{{100, 10}, {110, 20}}));
  EXPECT_EQ(matcher_.open(), 0U);
}

TEST_F(MessageMatcherTest, envelopes_are_kept_apart) {
  const auto other_tag = receive(0, 6, 100);
  const auto other_source = receive(1, 5, 110);
  const auto wanted = receive(0, 5, 120);
  send(0, 5, 10);
  send(1, 5, 20);
  send(0, 6, 30);
  received(wanted, 0, 5);
  received(other_source, 1, 5);
  received(other_tag, 0, 6);
  EXPECT_EQ(pairs(), (Pairs{{100, 30}, {110, 20}, {120, 10}}));
}

TEST_F(MessageMatcherTest, a_receive_behind_a_wildcard_waits_for_what_it_takes) {
  const auto anybody = receive(any_source, any_tag, 100);
  const auto specific = receive(0, 5, 110);
  send(0, 5, 10);
  send(0, 5, 20);
  received(specific, 0, 5);
  EXPECT_TRUE(sink_.messages.empty());
  received(anybody, 0, 5);
  EXPECT_EQ(pairs(), (Pairs{{100, 10}, {110, 20}}));
}

TEST_F(MessageMatcherTest, a_wildcard_of_another_tag_holds_nobody_up) {
  const auto listener = receive(any_source, 99, 100);
  const auto specific = receive(0, 5, 110);
  send(0, 5, 10);
  received(specific, 0, 5);
  EXPECT_EQ(pairs(), (Pairs{{110, 10}}));
  matcher_.cancelled(listener);
  matcher_.finish();
  EXPECT_EQ(sink_.messages.size(), 1U);
}

TEST_F(MessageMatcherTest, resolved_wildcards_keep_their_place) {
  const auto first = receive(any_source, 7, 90);
  const auto second = receive(any_source, 7, 100);
  send(0, 7, 10);
  received(second, 0, 7);  // took the second message of rank 0; the first one is still open
  const auto later = receive(0, 7, 120);
  send(0, 7, 20);
  send(0, 7, 30);
  received(later, 0, 7);
  received(first, 0, 7);
  EXPECT_EQ(pairs(), (Pairs{{90, 10}, {100, 20}, {120, 30}}));
}

TEST_F(MessageMatcherTest, cancelled_receives_take_nothing) {
  const auto cancelled = receive(0, 5, 100);
  const auto kept = receive(0, 5, 110);
  matcher_.cancelled(cancelled);
  send(0, 5, 10);
  received(kept, 0, 5);
  EXPECT_EQ(pairs(), (Pairs{{110, 10}}));
}

TEST_F(MessageMatcherTest, lonely_ends_are_told_at_the_end) {
  send(0, 5, 10);
  receive(3, 5, 100);
  receive(any_source, any_tag, 110);
  matcher_.finish();
  ASSERT_EQ(sink_.messages.size(), 3U);
  EXPECT_EQ(std::ranges::count_if(sink_.messages, &Message::has_send), 1);
  EXPECT_EQ(std::ranges::count_if(sink_.messages, &Message::has_receive), 2);
}

/// Random traffic to one process, delivered by the rule itself; the matcher sees sends, posts and
/// ends in another order and must find the same pairs.
TEST_F(MessageMatcherTest, finds_what_the_rule_says_for_any_traffic) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    core::Stream chance{seed, core::Purpose::simulate};
    Collected sink;
    MessageMatcher matcher{sink};
    struct Posted {
      Envelope wanted;
      TraceTime at = 0;
      MessageMatcher::Handle handle = 0;
    };
    std::deque<Posted> posted;
    std::map<TraceTime, TraceTime> expected;
    std::vector<std::pair<MessageMatcher::Handle, Envelope>> to_end;
    for (TraceTime now = 1; now <= 200; ++now) {
      const auto source = static_cast<std::int32_t>(chance.below(3));
      const auto tag = static_cast<std::int32_t>(chance.below(3));
      if (chance.below(2) == 0) {
        const Envelope wanted{1, chance.below(3) == 0 ? any_source : source, 9,
                              chance.below(3) == 0 ? any_tag : tag};
        posted.push_back({wanted, now, matcher.receive(wanted, now)});
      } else {
        // Sent now, to the first receive that can take it; without one it is not sent.
        const auto takes = std::ranges::find_if(posted, [&](const Posted& it) {
          return (it.wanted.source == any_source || it.wanted.source == source) &&
                 (it.wanted.tag == any_tag || it.wanted.tag == tag);
        });
        if (takes == posted.end()) continue;
        const Envelope envelope{1, source, 9, tag};
        const auto handle = matcher.send(envelope, 8, {.enter = now});
        matcher.send_left(handle, now, false);
        expected[takes->at] = now;
        to_end.emplace_back(takes->handle, envelope);
        posted.erase(takes);
      }
      while (!to_end.empty() && chance.below(3) == 0) {
        const std::size_t which = chance.below(to_end.size());
        matcher.received(to_end[which].first, to_end[which].second.source, to_end[which].second.tag,
                         8, {.enter = now, .leave = now});
        to_end.erase(to_end.begin() + static_cast<std::ptrdiff_t>(which));
      }
    }
    for (const auto& [handle, envelope] : to_end)
      matcher.received(handle, envelope.source, envelope.tag, 8, {.enter = 201, .leave = 201});
    matcher.finish();
    std::map<TraceTime, TraceTime> found;
    for (const Message& it : sink.messages)
      if (it.has_send()) found[it.receive.posted] = it.send.enter;
    ASSERT_EQ(found, expected) << "seed " << seed;
  }
}

}  // namespace
}  // namespace foundation::analysis
