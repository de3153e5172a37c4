#pragma once

#include <cstdint>
#include <vector>

#include "analysis/time_base.hpp"
#include "trace/definitions.hpp"

/// What is found in a trace when it is replayed: calls, messages, collectives, and what never came
/// to its end. Plain values; processes are indices into TraceSet::processes.
namespace foundation::analysis {

inline constexpr TraceTime never = -1;

/// A place in the trace: a region of a thread.
struct Site {
  std::uint32_t process = 0;
  std::uint32_t stream = 0;
  std::uint16_t region = 0;
  trace::RegionRole role = trace::RegionRole::program;
  std::uint16_t caller = 0;  ///< the innermost region of the program around it; 0: none
};

/// A region from enter to leave.
struct CallSpan {
  Site site{};
  TraceTime enter = 0;
  TraceTime leave = never;  ///< never: the thread died, or the recording ends, inside
  TraceTime inside = 0;     ///< of it in regions within it
  std::uint32_t depth = 0;  ///< regions around it
};

/// A value of a counter, or a mark.
struct Point {
  Site site{};  ///< `region` is the counter or the mark
  TraceTime at = 0;
  double value = 0;
};

struct SendSide {
  Site site{};
  TraceTime enter = never;
  TraceTime leave = never;
  Site wait{};  ///< of a send that does not block: the call that waited for it, if one did
  TraceTime wait_enter = never;
  TraceTime wait_leave = never;
  std::uint32_t begun_in = 0;  ///< stream of the event that began it
  std::uint64_t event = 0;     ///< its number in that stream
};

struct ReceiveSide {
  Site site{};               ///< the call in which it came: a receive, or the wait for one
  Site post{};               ///< the call that asked for it
  TraceTime posted = never;  ///< enter of that call
  TraceTime enter = never;   ///< of `site`
  TraceTime leave = never;
  /// Number of the one in the thread of `post` that tells of it: it asked for it, or is the leave
  /// of a call that sends as well.
  std::uint64_t event = 0;
};

/// A message with both ends, or one end whose other was never recorded.
struct Message {
  std::uint32_t communicator = 0;  ///< index into TraceSet::communicators
  std::int32_t source = -1;        ///< ranks in MPI_COMM_WORLD
  std::int32_t target = -1;
  std::int32_t tag = 0;
  std::uint64_t bytes = 0;
  SendSide send{};
  ReceiveSide receive{};
  [[nodiscard]] bool has_send() const noexcept { return send.enter != never; }
  [[nodiscard]] bool has_receive() const noexcept { return receive.posted != never; }
};

/// One process's part in a collective.
struct Participation {
  Site site{};               ///< the call, or the wait for it
  TraceTime posted = never;  ///< enter of the call that began it
  TraceTime enter = never;   ///< of `site`
  TraceTime leave = never;
  std::uint64_t bytes = 0;
  std::int32_t rank = -1;  ///< in its communicator
  std::int32_t root = -1;  ///< as this process named it; rank in MPI_COMM_WORLD
  bool is_root = false;
  std::uint32_t function = 0;  ///< index into TraceSet::regions
  std::uint32_t begun_in = 0;  ///< stream of the call that began it
  std::uint64_t event = 0;     ///< number of its enter in that thread
};

struct Collective {
  std::uint32_t communicator = 0;
  std::uint64_t number = 0;  ///< on its communicator
  trace::RegionRole role = trace::RegionRole::barrier;
  std::int32_t root = -1;  ///< rank in MPI_COMM_WORLD
  std::uint32_t expected = 0;
  bool consistent = true;  ///< all took part in the same function with the same root
  std::vector<Participation> parts;
  [[nodiscard]] bool complete() const noexcept { return parts.size() == expected; }
};

/// Told what a replay finds, in the order in which it becomes known.
class MatchSink {
 public:
  virtual ~MatchSink() = default;
  /// A region begins; `call` follows at its end. Most sinks do not care.
  virtual void entered(const CallSpan& /*call*/) {}
  /// A region has ended, or is still open at the end of the trace.
  virtual void call(const CallSpan& call) = 0;
  virtual void counter(const Point& /*value*/) {}
  virtual void mark(const Point& /*mark*/) {}
  virtual void message(const Message& message) = 0;
  virtual void collective(const Collective& collective) = 0;
};

}  // namespace foundation::analysis
