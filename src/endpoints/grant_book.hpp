#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "core/time.hpp"
#include "endpoints/budget.hpp"
#include "endpoints/pace.hpp"

namespace foundation::endpoints {

/// A process that is given grants; rank 0's is 0.
using Holder = std::uint32_t;

/// How long a grant is good for, from the moment the report was made that it answers.
inline constexpr core::Duration grant_validity = std::chrono::seconds{1};

/// What a holder says, in counts since it began: a later report replaces all earlier ones, and one
/// that is late does no harm.
struct BudgetReport {
  std::uint64_t number = 0;  ///< rises from report to report
  std::uint64_t needed = 0;  ///< grants: those that came, and one for each request that waits
  std::uint64_t wanted = 0;  ///< the same with those it would have ahead; not less
  Demand each{};             ///< of one request: expected on average, most of any
  std::uint64_t closed = 0;  ///< grants that were settled or handed back
  std::uint64_t unused = 0;  ///< of these, handed back
  Usage released{};          ///< what was set aside for those that are closed
  Usage used{};              ///< what they have taken
};

/// What a holder is given.
struct Award {
  std::uint64_t answers = 0;  ///< the number of the last report it rests on
  std::uint32_t grants = 0;
  Usage most{};  ///< what is set aside for each
  Spent spent = Spent::nothing;
};

/// The budget of a run: what all processes together may ask the endpoints for. Grants go to
/// holders in bulk and one by one in turn, first to those with requests that wait. So whoever is
/// idle leaves everything to the others. A pure state machine: no clock, no message, no thread.
///
/// Rates: a grant counts when it is given and is used within `grant_validity` after that or comes
/// back, so no minute has more requests than 62/60 of the limit (a second's worth may be caught
/// up, see Pace). Tokens are corrected as they become known.
///
/// Amounts (tokens, cost): each grant has what its request takes at most set aside, so they are
/// kept exactly as far as `Demand::most` is an upper bound. Who waits while too little is left,
/// and nothing is set aside for others any more, is told that they are spent. What a lost holder
/// had set aside counts as used.
///
/// Marks: where amounts must outlive the process, `keep_marks` makes the book give nothing beyond
/// a mark that its owner has made durable. After a kill the last mark is what may have been used:
/// never less than what was, and more by what was set aside and some ahead (half as much, at least
/// four requests). It is exact before anybody is told that an amount is spent, and after a
/// fifth of a second in which nothing was under way.
class GrantBook {
 public:
  explicit GrantBook(const LimitOptions& limits);

  /// Earlier sessions have used this much; nothing more is given without a mark.
  void keep_marks(const Usage& used);
  /// Reports that are older than the last one, or that cannot be, are ignored.
  void report(Holder holder, const BudgetReport& report);
  /// It is dead, and what it may have used is used.
  void lost(Holder holder);

  struct Delivery {
    Holder holder = 0;
    Award award;
  };
  /// What can be given now.
  [[nodiscard]] std::vector<Delivery> serve(core::Time now);

  /// A mark to make durable, if one is due and none is on its way.
  [[nodiscard]] std::optional<Usage> take_mark(core::Time now);
  /// The mark taken last is.
  void mark_is_durable() noexcept;

  /// What was used, and may be by grants that are out.
  [[nodiscard]] Usage used_at_most() const noexcept { return used_ + set_aside_; }

 private:
  struct Account {
    BudgetReport last;
    std::uint64_t granted = 0;
    Usage reserved{};            ///< for all that was granted
    double expected_tokens = 0;  ///< what rates were charged with for grants that are open
    bool in_turn = false;
    bool is_lost = false;
    bool is_told = false;  ///< that the budget is spent, since its last report

    [[nodiscard]] bool waits() const noexcept { return last.needed > granted; }
    [[nodiscard]] bool wants() const noexcept { return last.wanted > granted; }
    [[nodiscard]] Usage set_aside() const noexcept { return reserved - last.released; }
  };
  [[nodiscard]] static bool can_follow(const BudgetReport& report, const Account& account);
  void enter(const BudgetReport& report, Account& account);
  void put_in_turn(Holder holder, Account& account);
  [[nodiscard]] std::deque<Holder>::iterator next_in_turn();
  [[nodiscard]] bool may_give(const Account& account);
  void give(Account& account, core::Time now);
  [[nodiscard]] bool is_below_mark(const Usage& all) const noexcept;
  [[nodiscard]] bool is_mark_exact() const noexcept;

  LimitOptions limits_;
  Pace requests_;
  Pace tokens_;
  std::map<Holder, Account> accounts_;
  std::deque<Holder> turns_;  ///< of those that want something
  Usage used_{};
  Usage set_aside_{};
  Usage largest_{};  ///< what was asked to be set aside for one request
  Spent spent_ = Spent::nothing;

  bool keeps_marks_ = false;
  Usage mark_{};
  std::optional<Usage> mark_on_its_way_;
  core::Time busy_at_;
};

}  // namespace foundation::endpoints
