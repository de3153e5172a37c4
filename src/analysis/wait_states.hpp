#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "analysis/matches.hpp"

/// Time spent in a call only because another process was not there yet. The patterns are those of
/// Scalasca 2.4 (Geimer et al., The Scalasca performance toolset architecture, 2010; its help page
/// of patterns), except where said here. A wait never exceeds the call that it is in.
namespace foundation::analysis {

/// Part of published tables: never renumber.
enum class WaitPattern : std::uint8_t {
  late_sender = 0,         ///< a receive waits for a send that has not begun
  late_sender_order = 1,   ///< likewise, while an earlier message of that sender lies waiting
  late_receiver = 2,       ///< a send that cannot be buffered waits for its receive
  wait_at_barrier = 3,     ///< for the last to arrive
  barrier_completion = 4,  ///< from the first that leaves to one's own leaving; nobody's fault
  wait_at_nxn = 5,         ///< everybody needs data of everybody: for the last to arrive
  nxn_completion = 6,      ///< as barrier_completion
  early_reduce = 7,        ///< the root waits for the last to arrive (Scalasca: for the first)
  late_broadcast = 8,      ///< the others wait for the root
  early_scan = 9,          ///< for the last of the lower ranks to arrive
  start_skew = 10,         ///< in MPI_Init, for the last process to be started
  end_skew = 11,           ///< in MPI_Finalize, for the last to arrive
};
inline constexpr std::size_t wait_patterns = 12;
/// In words, as in "late sender".
[[nodiscard]] std::string_view name_of(WaitPattern pattern) noexcept;

inline constexpr std::uint32_t nobody = ~std::uint32_t{0};

struct Wait {
  TraceTime call = 0;  ///< enter of the call that it is in
  TraceTime begin = 0;
  TraceTime duration = 0;  ///< above zero
  Site site{};             ///< the call that waits
  Site causer{};           ///< the call whose late begin ends the wait; process `nobody`: none
  WaitPattern pattern = WaitPattern::late_sender;

  [[nodiscard]] TraceTime end() const noexcept { return begin + duration; }
  [[nodiscard]] bool has_causer() const noexcept { return causer.process != nobody; }
};

struct WaitOptions {
  /// Larger messages are sent only once the receive is there (Open MPI's vader: 4096).
  std::uint64_t eager_limit = 4096;
};

using WaitVisitor = std::function<void(const Wait&)>;

/// Waits at both ends of a message. Ends that are not there wait for nothing.
void find_waits(const Message& message, const WaitOptions& options, const WaitVisitor& visit);
/// Waits in a collective. None in one that is incomplete or inconsistent. MPI_Init and
/// MPI_Finalize count as collectives of their roles.
void find_waits(const Collective& collective, const WaitVisitor& visit);

/// Tells late senders in the wrong order: the receiver waits although an earlier message of the
/// same sender could have been received first. Whether there is one shows only when that message
/// is received; so the last `window` waits of each pair of processes are held back.
class WrongOrder {
 public:
  explicit WrongOrder(WaitVisitor visit, std::size_t window = 64)
      : visit_{std::move(visit)}, window_{window} {}
  /// A message has been matched, with the late sender that was found for it.
  void message(const Message& message);
  void late_sender(const Wait& wait, const Message& message);
  void finish();

 private:
  struct Held {
    Wait wait;
    TraceTime sent = 0;      ///< enter of the send that came late
    TraceTime received = 0;  ///< leave of its receive
  };
  using Pair = std::pair<std::uint32_t, std::uint32_t>;
  WaitVisitor visit_;
  std::size_t window_;
  std::map<Pair, std::deque<Held>> held_;
};

}  // namespace foundation::analysis
