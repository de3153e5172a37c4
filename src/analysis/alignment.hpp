#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

#include "analysis/envelope.hpp"
#include "trace/definitions.hpp"

/// Recordings that begin in the midst of a run, as those of a window or of a flight recorder do,
/// begin at another point of it in each process: the first message that was sent is not the first
/// one received, and the first collective of one process not that of the others.
namespace foundation::analysis {

/// The collectives of a communicator in one window.
struct Stretch {
  std::uint32_t communicator = 0;
  std::uint32_t window = 0;
  auto operator<=>(const Stretch&) const = default;
};

/// By how much what each process recorded is shifted against the others.
class Alignment {
 public:
  /// So many sends at the beginning of a channel were received before its receiver recorded; if
  /// negative, so many receives took what was sent before its sender recorded.
  [[nodiscard]] std::int64_t unpaired(const Envelope& envelope) const;
  /// What the number of a process's collective within its stretch is to be raised by. Not negative.
  [[nodiscard]] std::uint64_t shift(const Stretch& stretch, std::uint32_t process) const;

 private:
  friend class AlignmentFinder;
  std::unordered_map<Envelope, std::int64_t, EnvelopeHash> unpaired_;  ///< other than 0
  std::map<Stretch, std::map<std::uint32_t, std::uint64_t>> shifts_;
};

/// Finds the alignment from one pass over a trace, by what cannot be: that a message comes before
/// it was sent, or a collective is left before those have entered it whom it waits for. Of what is
/// left, it takes the shift with the least time between cause and effect; it is the right one if a
/// channel was ever empty, or a process the last one to come. Between hosts it is as good as their
/// clocks are before correction.
///
/// Memory: a few numbers a channel, and a communicator and member. Events in the order of time.
class AlignmentFinder {
 public:
  void sent(const Envelope& envelope);
  void received(const Envelope& envelope);

  struct Part {
    Stretch stretch;
    std::uint32_t process = 0;
    std::uint64_t index = 0;  ///< how many it began before in this stretch
    trace::RegionRole role = trace::RegionRole::barrier;
    std::optional<std::uint32_t> root;  ///< process, if it has one
  };
  /// Names the processes that take part in a stretch, in the order of their ranks in it: the first
  /// is the one that the others are aligned to. Before its first collective.
  void members(const Stretch& stretch, std::vector<std::uint32_t> processes);
  [[nodiscard]] bool knows(const Stretch& stretch) const { return stretches_.contains(stretch); }
  void entered(const Part& part);
  void left(const Part& part);

  [[nodiscard]] Alignment find() const;

 private:
  struct Channel {
    std::int64_t sent = 0, received = 0;
    std::optional<std::int64_t> fewest_waiting;  ///< messages on their way after one was received
  };
  struct Member {
    std::int64_t entered = 0;
    std::optional<std::int64_t> most, least;  ///< bounds of its shift against the first member
  };
  using Members = std::map<std::uint32_t, Member>;
  struct Collectives {
    std::uint32_t first = 0;
    Members members;
  };
  static bool waits_for(const Part& who, std::uint32_t whom);
  static std::map<std::uint32_t, std::uint64_t> shifts_of(const Members& members);

  std::unordered_map<Envelope, Channel, EnvelopeHash> channels_;
  std::map<Stretch, Collectives> stretches_;
};

}  // namespace foundation::analysis
