#include <cmath>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "analysis/analysis.hpp"
#include "analysis/correct_clocks.hpp"
#include "tests/journal/scratch_folder.hpp"
#include "tests/trace/child.hpp"
#include "trace/recorder.hpp"

namespace foundation::analysis {
namespace {

using trace::EventKind;
using trace::RegionRole;

/// Messages to and fro between hosts whose clocks differ: host 1 shows `offset + (1 + drift) t`.
std::vector<ClockCondition> exchange(TraceTime offset, double drift) {
  const auto shown = [&](std::uint32_t process, TraceTime time) {
    return process == 0 ? time
                        : time + offset + static_cast<TraceTime>(drift * static_cast<double>(time));
  };
  std::mt19937_64 random{7};
  std::vector<ClockCondition> found;
  for (TraceTime at = 0; at < 1'000'000'000; at += 1'000'000) {
    const auto from = static_cast<std::uint32_t>(at / 1'000'000 % 2);
    const auto latency = static_cast<TraceTime>(1000 + random() % 20'000);
    found.push_back({from, 1 - from, shown(from, at), shown(1 - from, at + latency)});
  }
  return found;
}

TEST(ClockCorrection, offset_and_drift_are_recovered_within_the_bound) {
  for (const TraceTime offset : {5'000'000, -5'000'000}) {
    constexpr double drift = 50e-6;
    const auto conditions = exchange(offset, drift);
    const auto lines = fit_hosts(conditions, {0, 1});
    ASSERT_EQ(lines.size(), 2U);
    EXPECT_TRUE(lines[1].known);
    EXPECT_LT(lines[1].bound, 20'000);
    for (const ClockCondition& it : conditions) {
      if (it.from != 1) continue;
      const double truth =
          (static_cast<double>(it.sent) - static_cast<double>(offset)) / (1 + drift);
      const double found = static_cast<double>(it.sent + lines[1].at(it.sent));
      EXPECT_LT(std::abs(found - truth), 3 * lines[1].bound);
    }
  }
}

/// What host 0 shows when host `host` shows `time`, and messages between hosts whose clocks run
/// straight, with latencies as a busy machine has them: most short, some long.
class StraightClocks {
 public:
  StraightClocks(std::uint64_t seed, std::uint32_t hosts) : random_{seed} {
    std::uniform_real_distribution<double> offset{-5e6, 5e6};
    std::uniform_real_distribution<double> drift{-4e-4, 4e-4};
    for (std::uint32_t i = 1; i < hosts; ++i) clocks_.push_back({offset(random_), drift(random_)});
  }
  [[nodiscard]] TraceTime shown(std::uint32_t host, double truth) const {
    return static_cast<TraceTime>(truth + clocks_[host].offset + clocks_[host].drift * truth);
  }
  [[nodiscard]] std::vector<ClockCondition> talk(double begin, double end, int messages) {
    std::lognormal_distribution<double> latency{9, 2};
    std::uniform_real_distribution<double> when{begin, end};
    std::vector<ClockCondition> found;
    for (int i = 0; i < messages; ++i) {
      const auto low = static_cast<std::uint32_t>(random_() % (clocks_.size() - 1));
      const auto way = static_cast<std::uint32_t>(random_() % 2);
      const std::uint32_t from = low + way;
      const std::uint32_t to = low + 1 - way;
      const double sent = when(random_);
      found.push_back({from, to, shown(from, sent), shown(to, sent + 500 + latency(random_))});
    }
    return found;
  }

 private:
  struct Clock {
    double offset = 0, drift = 0;
  };
  std::vector<Clock> clocks_{{}};
  std::mt19937_64 random_;
};

std::vector<ClockCondition> moved(std::vector<ClockCondition> conditions,
                                  const std::vector<HostLine>& lines) {
  for (ClockCondition& it : conditions) {
    it.sent += lines[it.from].at(it.sent);
    it.received += lines[it.to].at(it.received);
  }
  return conditions;
}

TEST(ClockCorrection, straight_clocks_violate_nothing_and_keep_within_the_bound) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const auto hosts = static_cast<std::uint32_t>(2 + seed % 3);
    StraightClocks clocks{seed, hosts};
    const double length = seed % 2 == 0 ? 5e7 : 1e10;
    const auto conditions = clocks.talk(1e9, 1e9 + length, 300);
    const auto lines = fit_hosts(conditions, {0, 1, 2, 3});
    EXPECT_LE(violations(moved(conditions, lines), {}).worst, 2) << "seed " << seed;  // rounding
    for (std::uint32_t host = 1; host < hosts; ++host)
      for (const double truth : {1e9 + 0.1 * length, 1e9 + 0.9 * length}) {
        const TraceTime shown = clocks.shown(host, truth);
        const auto found = static_cast<double>(shown + lines[host].at(shown));
        EXPECT_LE(std::abs(found - truth), lines[host].bound + 4) << "seed " << seed;
      }
  }
}

TEST(ClockCorrection, latencies_of_a_short_trace_are_no_drift) {
  // The first half is slow in one direction, the second half in the other one.
  std::vector<ClockCondition> conditions;
  for (TraceTime at = 0; at < 50'000'000; at += 100'000) {
    const bool early = at < 25'000'000;
    conditions.push_back({0, 1, at, at + (early ? 11'000'000 : 20'000)});
    conditions.push_back({1, 0, at, at + (early ? 20'000 : 11'000'000)});
  }
  const auto lines = fit_hosts(conditions, {0, 1});
  EXPECT_EQ(violations(moved(conditions, lines), {}).count, 0U);
  EXPECT_LT(std::abs(lines[1].drift), 1e-3);
  EXPECT_LT(lines[1].bound, 100'000);
}

TEST(ClockCorrection, of_lines_that_all_violate_the_one_that_does_least_is_taken) {
  // The clock of host 1 jumps by 2 ms in the middle.
  std::vector<ClockCondition> conditions;
  for (TraceTime at = 0; at < 1'000'000'000; at += 1'000'000) {
    const TraceTime ahead = at < 500'000'000 ? 0 : 2'000'000;
    conditions.push_back({0, 1, at, at + 1000 + ahead});
    conditions.push_back({1, 0, at + ahead, at + 1000});
  }
  const auto lines = fit_hosts(conditions, {0, 1});
  const Violations left = violations(moved(conditions, lines), {});
  EXPECT_GT(left.count, 0U);
  EXPECT_LT(left.worst, 1'000'000);  // the jump, halved by the offset and lessened by a drift
  EXPECT_GE(lines[1].bound + 2, static_cast<double>(left.worst));  // rounding
}

TEST(ClockCorrection, nothing_is_violated_after_the_repair) {
  const auto conditions = exchange(5'000'000, 200e-6);
  const Violations before = violations(conditions, {});
  EXPECT_GT(before.count, 400U);
  const auto shifts = repair(conditions, 2, 1);
  EXPECT_EQ(violations(conditions, shifts).count, 0U);
}

TEST(ClockCorrection, hosts_are_joined_over_others_and_strangers_stay) {
  std::vector<ClockCondition> conditions;
  for (TraceTime at = 0; at < 10; ++at) {
    conditions.push_back({0, 1, at * 1000, at * 1000 + 10 + 100});
    conditions.push_back({1, 0, at * 1000 + 100, at * 1000 + 10});
    conditions.push_back({1, 2, at * 1000, at * 1000 + 10 + 100});
    conditions.push_back({2, 1, at * 1000 + 100, at * 1000 + 10});
  }
  const auto lines = fit_hosts(conditions, {0, 1, 2, 3});
  EXPECT_NEAR(lines[1].offset, -100, 1);
  EXPECT_NEAR(lines[2].offset, -200, 1);
  EXPECT_FALSE(lines[3].known);
  EXPECT_EQ(lines[3].at(5), 0);
}

TEST(Shifts, fade_and_keep_the_order) {
  Shifts shifts;
  shifts.require(1000, 50);
  EXPECT_EQ(shifts.at(999), 0);
  EXPECT_EQ(shifts.at(1000), 50);
  EXPECT_EQ(shifts.at(1000 + 2500), 25);
  EXPECT_EQ(shifts.at(1'000'000), 0);
  shifts.require(500, 100);  // covers the other one
  TraceTime last = 0;
  for (TraceTime at = 0; at < 20'000; at += 7) {
    const TraceTime moved = at + shifts.at(at);
    EXPECT_GE(moved, last);
    last = moved;
  }
  EXPECT_GE(shifts.at(1000), 50);
}

/// Two processes that exchange messages, as if the second ran on a host with another clock.
class TwoHosts : public ::testing::Test {
 protected:
  static constexpr int rounds = 200;
  static constexpr std::uint64_t step = 1'000'000;

  using Talk = void (*)(std::int32_t rank, std::uint64_t begin);

  void record(std::int32_t rank, std::uint64_t begin,
              const std::vector<std::int32_t>& ranks = {0, 1}, Talk talk = &TwoHosts::take_turns) {
    const std::filesystem::path path = folder_ / (std::to_string(rank) + ".ftr");
    ASSERT_EQ(
        testing::in_child([&] {
          if (trace::open_recorder({.path = path.c_str(), .stream_bytes = 1 << 20}) != nullptr)
            _exit(1);
          const auto size = static_cast<std::uint32_t>(ranks.size());
          trace::set_rank(rank, static_cast<std::int32_t>(size));
          const trace::CommunicatorDefinition head{
              .communicator = 1, .rank = rank, .members = size};
          trace::define(trace::DefinitionType::communicator, &head, sizeof head, ranks.data(),
                        size * sizeof ranks[0]);
          talk(rank, begin);
          trace::close_recorder();
        }),
        0);
    files_.push_back(path);
  }
  /// In each round one sends and the other, who has asked long before, receives soon after.
  static void take_turns(std::int32_t rank, std::uint64_t begin) {
    const auto send = trace::define_region(RegionRole::send, "MPI_Send", "", 0);
    const auto receive = trace::define_region(RegionRole::receive, "MPI_Recv", "", 0);
    for (int round = 0; round < rounds; ++round) {
      const std::uint64_t at = begin + static_cast<std::uint64_t>(round + 1) * step;
      const bool sends = round % 2 == rank;
      const auto region = sends ? send : receive;
      const auto event = [&](EventKind kind, std::uint64_t ticks) {
        trace::record({ticks, kind, region, 1 - rank, 0, 1, 8});
      };
      event(EventKind::enter, sends ? at : at - step / 2);
      event(EventKind::leave, at + (sends ? step / 1000 : step / 50));
    }
  }
  /// Another machine's recording: its boot id differs, and its wall clock is ahead.
  static void move_to_other_host(const std::filesystem::path& path, std::int64_t ahead_ns) {
    std::fstream file{path, std::ios::in | std::ios::out | std::ios::binary};
    file.seekp(offsetof(trace::FileHeader, boot_id));
    file.write("another", 8);
    for (const std::size_t point :
         {offsetof(trace::FileHeader, opened), offsetof(trace::FileHeader, closed_at)}) {
      const auto place = static_cast<std::streamoff>(point + offsetof(trace::ClockPoint, wall_ns));
      std::int64_t wall = 0;
      file.seekg(place);
      file.read(reinterpret_cast<char*>(&wall), sizeof wall);
      wall += ahead_ns;
      file.seekp(place);
      file.write(reinterpret_cast<const char*>(&wall), sizeof wall);
    }
    ASSERT_TRUE(file.good());
  }

  testing::ScratchFolder folder_;
  std::vector<std::filesystem::path> files_;
};

TEST_F(TwoHosts, an_injected_offset_is_recovered_and_no_violation_is_left) {
  const std::uint64_t begin = trace::read_clock(trace::best_clock()) + 1'000'000'000;
  record(0, begin);
  record(1, begin);
  move_to_other_host(files_[1], 30'000'000);
  TraceSet traces{files_};
  ASSERT_EQ(traces.hosts(), 2U);
  EXPECT_GT(analyze(traces).clocks.violations, 0U);
  const ClockReport report = correct_clocks(traces);
  EXPECT_EQ(report.conditions, static_cast<std::uint64_t>(rounds));
  EXPECT_EQ(report.before.count, static_cast<std::uint64_t>(rounds) / 2);
  EXPECT_EQ(report.after.count, 0U);
  EXPECT_EQ(report.unaligned, 0U);
  const Analysis corrected = analyze(traces);
  EXPECT_EQ(corrected.clocks.violations, 0U);
  // Each receive waits half a step for its sender, whichever host it is on.
  const double wait = 0.5 * static_cast<double>(step) * traces.processes()[0].time.ns_per_tick();
  for (const Wait& it : corrected.longest_waits)
    EXPECT_NEAR(static_cast<double>(it.duration), wait, report.bound + 0.01 * wait);
}

TEST_F(TwoHosts, windows_move_with_what_was_recorded_in_them) {
  const std::uint64_t begin = trace::read_clock(trace::best_clock()) + 1'000'000'000;
  record(0, begin);
  record(1, begin);
  move_to_other_host(files_[1], 30'000'000);
  const TraceSet recorded{files_};
  std::vector<Process> processes = recorded.processes();
  for (Process& it : processes)
    it.windows = {{.window = 0,
                   .from = it.time.at(it.recording->facts().first.ticks),
                   .to = std::numeric_limits<TraceTime>::max()}};
  TraceSet traces{processes, recorded.communicators(), recorded.regions()};
  ASSERT_FALSE(traces.begins_midway());
  traces.move_time(0, -5'000'000, -100e-6);
  traces.move_time(1, 5'000'000, 100e-6);
  EXPECT_FALSE(traces.begins_midway());
  EXPECT_EQ(traces.processes()[1].windows[0].to, std::numeric_limits<TraceTime>::max());
}

/// Three processes, the last two on another host, whose clock is set back in the midst of the run.
/// Rank 0 sends to 1, which sends to 2 at once, and 1 answers 0 later.
class SetBack : public TwoHosts {
 protected:
  static void chain(std::int32_t rank, std::uint64_t begin) {
    const auto send = trace::define_region(RegionRole::send, "MPI_Send", "", 0);
    const auto receive = trace::define_region(RegionRole::receive, "MPI_Recv", "", 0);
    const auto call = [&](std::uint16_t region, std::int32_t peer, std::uint64_t at) {
      trace::record({at, EventKind::enter, region, peer, 0, 1, 8});
      trace::record({at + step / 1000, EventKind::leave, region, peer, 0, 1, 8});
    };
    for (int round = 0; round < rounds; ++round) {
      const bool wrong = rank != 0 && round > rounds / 2 && round < rounds / 2 + 20;
      const std::uint64_t at =
          begin + static_cast<std::uint64_t>(round + 1) * step - (wrong ? step / 4 : 0);
      if (rank == 0) {
        call(send, 1, at);
        call(receive, 1, at + step / 10 + step / 100);
      } else if (rank == 1) {
        call(receive, 0, at + step / 100);
        call(send, 2, at + step / 50);
        call(send, 0, at + step / 10);
      } else {
        call(receive, 1, at + step / 40);
      }
    }
  }
};

TEST_F(SetBack, what_the_repair_moves_takes_along_what_it_caused_on_its_own_host) {
  const std::uint64_t begin = trace::read_clock(trace::best_clock()) + 1'000'000'000;
  for (const std::int32_t rank : {0, 1, 2}) record(rank, begin, {0, 1, 2}, chain);
  move_to_other_host(files_[1], 0);
  move_to_other_host(files_[2], 0);
  TraceSet traces{files_};
  ASSERT_EQ(traces.hosts(), 2U);
  const ClockReport report = correct_clocks(traces);
  EXPECT_GT(report.aligned.count, 0U);
  EXPECT_EQ(report.after.count, 0U);
  EXPECT_EQ(analyze(traces).clocks.violations, 0U);
}

TEST_F(TwoHosts, one_host_needs_no_correction) {
  const std::uint64_t begin = trace::read_clock(trace::best_clock()) + 1'000'000'000;
  record(0, begin);
  record(1, begin);
  TraceSet traces{files_};
  EXPECT_EQ(correct_clocks(traces).conditions, 0U);
  EXPECT_EQ(analyze(traces).clocks.violations, 0U);
}

}  // namespace
}  // namespace foundation::analysis
