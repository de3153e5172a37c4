#include "capture/participants.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "core/error.hpp"

namespace foundation::capture {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds look_again{100};

class Roll {
 public:
  Roll(const Scope& scope, const Patience& patience, const Hindered& hindered)
      : scope_{scope}, patience_{patience}, hindered_{hindered}, begin_{Clock::now()} {}

  /// True if somebody is missing for whom it is worth waiting.
  bool call(const JobView& job) {
    missing_.clear();
    bool waits = call_those_seen(job);
    const bool all_may_come = Clock::now() - begin_ < patience_.total;
    for (std::int32_t rank = 0; rank < job.ranks; ++rank) {
      if (!scope_.includes(rank) || is_seen(job, rank)) continue;
      missing_.push_back({rank, "", "it has not started, or its host's files are not seen here"});
      waits = waits || job.is_running() || job.participants.empty();
    }
    return waits && all_may_come;
  }
  [[nodiscard]] std::vector<Absentee> missing() const { return missing_; }

 private:
  bool call_those_seen(const JobView& job) {
    bool waits = false;
    for (const ParticipantView& it : job.participants) {
      if (!scope_.includes(std::max(it.facts.rank, 0))) continue;
      const auto hindrance = hindered_(job, it);
      if (!hindrance) continue;
      missing_.push_back({it.facts.rank, it.facts.host, hindrance->why});
      const auto seen = seen_.try_emplace({it.facts.host, it.facts.process}, Clock::now()).first;
      waits = waits || (hindrance->may_pass && Clock::now() - seen->second < patience_.participant);
    }
    return waits;
  }
  static bool is_seen(const JobView& job, std::int32_t rank) {
    return std::ranges::any_of(job.participants, [rank](const ParticipantView& it) {
      return std::max(it.facts.rank, 0) == rank;
    });
  }

  const Scope& scope_;
  const Patience& patience_;
  const Hindered& hindered_;
  Clock::time_point begin_;
  std::map<std::pair<std::string, std::int64_t>, Clock::time_point> seen_;  ///< by host and process
  std::vector<Absentee> missing_;
};

}  // namespace

std::string Absentee::text() const {
  const std::string name = rank < 0 ? "the program" : fmt::format("rank {}", rank);
  return host.empty() ? fmt::format("{}: {}", name, why)
                      : fmt::format("{} on {}: {}", name, host, why);
}

RollCall await_participants(const TraceFolder& folder, const Scope& scope, const Patience& patience,
                            const Hindered& hindered) {
  Roll roll{scope, patience, hindered};
  RollCall result{.missing = {}, .job = view_job(folder)};
  while (roll.call(result.job)) {
    std::this_thread::sleep_for(look_again);
    try {
      result.job = view_job(folder);
    } catch (const core::Error&) {
      if (folder.exists()) throw;
      return result;  // the job has ended, and its trace is written: nobody is left to wait for
    }
  }
  result.missing = roll.missing();
  return result;
}

}  // namespace foundation::capture
