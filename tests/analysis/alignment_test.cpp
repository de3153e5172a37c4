#include "analysis/alignment.hpp"

#include <algorithm>
#include <functional>
#include <vector>

#include <gtest/gtest.h>

#include "core/random.hpp"

namespace foundation::analysis {
namespace {

using trace::RegionRole;

/// What happens, to be told in the order of time.
struct Moment {
  std::int64_t at = 0;
  std::function<void()> tell;
};
void tell(std::vector<Moment> moments) {
  std::ranges::stable_sort(moments, {}, &Moment::at);
  for (const Moment& it : moments) it.tell();
}

core::Stream chance_of(std::uint32_t run) {
  return core::Stream{20261126, core::Purpose::simulate, run};
}

constexpr int runs = 300;
constexpr std::int64_t length = 200;

/// Of a channel with so many messages, both ends are recorded from a moment of their own on.
struct ChannelCourse {
  std::vector<std::int64_t> sent, posted, received;
  std::int64_t sender_from = 0, receiver_from = 0;

  /// Messages of the full run before the first that was recorded.
  [[nodiscard]] std::int64_t sends_missed() const { return missed(sent, sender_from); }
  [[nodiscard]] std::int64_t receives_missed() const { return missed(posted, receiver_from); }
  static std::int64_t missed(const std::vector<std::int64_t>& times, std::int64_t from) {
    return std::ranges::count_if(times, [from](std::int64_t at) { return at < from; });
  }
};

ChannelCourse make_channel(std::uint32_t run) {
  core::Stream chance = chance_of(run);
  ChannelCourse it;
  std::int64_t sender = 0;
  std::int64_t receiver = 0;
  for (std::int64_t i = 0; i < length; ++i) {
    it.sent.push_back(sender += chance.between(1, 10));
    it.posted.push_back(receiver += chance.between(1, 10));
    it.received.push_back(receiver = std::max(receiver, sender) + 1);
  }
  it.sender_from = chance.between(0, 300);
  it.receiver_from = chance.between(0, 300);
  return it;
}

TEST(Alignment, of_a_channel_is_that_of_the_full_run) {
  const Envelope envelope{1, 0, 1, 5};
  for (std::uint32_t run = 0; run < runs; ++run) {
    const ChannelCourse it = make_channel(run);
    AlignmentFinder finder;
    std::vector<Moment> moments;
    for (std::size_t i = 0; i < it.sent.size(); ++i) {
      if (it.sent[i] >= it.sender_from)
        moments.push_back({it.sent[i], [&] { finder.sent(envelope); }});
      if (it.posted[i] >= it.receiver_from)
        moments.push_back({it.received[i], [&] { finder.received(envelope); }});
    }
    tell(std::move(moments));
    EXPECT_EQ(finder.find().unpaired(envelope), it.receives_missed() - it.sends_missed())
        << "run " << run;
  }
}

TEST(Alignment, of_what_was_recorded_from_the_start_is_none) {
  AlignmentFinder finder;
  const Envelope envelope{1, 0, 1, 5};
  for (int i = 0; i < 3; ++i) finder.sent(envelope);
  for (int i = 0; i < 3; ++i) finder.received(envelope);
  finder.sent({1, 0, 1, 6});
  EXPECT_EQ(finder.find().unpaired(envelope), 0);
  EXPECT_EQ(finder.find().unpaired({1, 0, 1, 6}), 0);
  EXPECT_EQ(finder.find().shift({1, 0}, 3), 0U);
}

/// Collectives of three processes, each recorded from a moment of its own on.
void check_collectives(std::uint32_t run, RegionRole role, std::uint32_t root) {
  constexpr std::uint32_t processes = 3;
  core::Stream chance = chance_of(run);
  const Stretch stretch{4, 2};
  AlignmentFinder finder;
  finder.members(stretch, {0, 1, 2});
  std::vector<Moment> moments;
  std::vector<std::int64_t> now(processes, 0), from(processes), missed(processes, 0);
  std::vector<std::uint64_t> index(processes, 0);
  for (std::int64_t& it : from) it = chance.between(0, 400);
  for (std::int64_t i = 0; i < length; ++i) {
    std::vector<std::int64_t> entered = now;
    for (std::int64_t& at : entered) at += chance.between(1, 10);
    const std::int64_t last = *std::ranges::max_element(entered);
    for (std::uint32_t p = 0; p < processes; ++p) {
      const bool waits_for_all = role == RegionRole::barrier || p == root;
      const bool waits_for_root = role == RegionRole::one_to_all;
      const std::int64_t left = 1 + (waits_for_root  ? std::max(entered[p], entered[root])
                                     : waits_for_all ? last
                                                     : entered[p]);
      now[p] = left;
      if (entered[p] < from[p]) {
        ++missed[p];
        continue;
      }
      const AlignmentFinder::Part part{
          stretch, p, index[p]++, role,
          role == RegionRole::barrier ? std::nullopt : std::optional{root}};
      moments.push_back({entered[p], [&finder, part] { finder.entered(part); }});
      moments.push_back({left, [&finder, part] { finder.left(part); }});
    }
    // Now and then nobody is ahead, as in any program that reads a file or writes one.
    if (i % 20 == 0) std::ranges::fill(now, *std::ranges::max_element(now));
  }
  tell(std::move(moments));
  const Alignment alignment = finder.find();
  const std::int64_t least = *std::ranges::min_element(missed);
  for (std::uint32_t p = 0; p < processes; ++p)
    EXPECT_EQ(alignment.shift(stretch, p), static_cast<std::uint64_t>(missed[p] - least))
        << "run " << run << ", process " << p;
}

TEST(Alignment, of_collectives_is_that_of_the_full_run) {
  for (std::uint32_t run = 0; run < runs; ++run) {
    check_collectives(run, RegionRole::barrier, 0);
    check_collectives(run, RegionRole::one_to_all, 0);
    check_collectives(run, RegionRole::all_to_one, 0);
  }
}

}  // namespace
}  // namespace foundation::analysis
