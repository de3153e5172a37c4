#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/candidate.hpp"
#include "model/cell.hpp"
#include "optimize/budget_ledger.hpp"
#include "optimize/cell_store.hpp"
#include "optimize/heats.hpp"
#include "optimize/objectives.hpp"
#include "optimize/race.hpp"
#include "optimize/request_table.hpp"
#include "optimize/strategy.hpp"
#include "optimize/used_cells.hpp"

namespace foundation::optimize {

struct TrajectoryOptions {
  RaceOptions race;
  CellScale scale;  ///< of the metric and the data: for races that compare single cells
  /// Proposal n is made once candidates 0 .. n - lookahead are told. With racing it is at least
  /// twice the heat, so that one heat fills the slots while another waits for its last cells.
  std::uint32_t lookahead = 32;
  /// All proposals of a heat see the same outcomes, those that its last one may see: with
  /// lookahead = heat, of all earlier heats.
  bool proposes_by_heats = false;
  std::optional<std::uint64_t> budget;  ///< evaluations in all (test cells excepted)
  ObjectiveOptions objectives{};        ///< beside the score; who wins
  /// Stop proposing once a told candidate that keeps all limits reaches this score,
  std::optional<double> target;
  /// once so many candidates in a row were told without a better winner among them,
  std::optional<std::uint32_t> patience{};
  /// or once what was told and used has cost this much. What is under way then is finished.
  std::optional<double> cost_budget{};
};

/// A candidate as proposed, with the train cells and the samples of text requests that the proposal
/// was derived from.
struct Proposal {
  model::Candidate candidate;
  std::vector<model::CellRange> used;
};

/// What came out of the last calls, for the owner to act on and to write down.
struct Changes {
  std::vector<model::CellRange> work;            ///< cells to be evaluated from now on
  std::vector<model::NumberedRequest> requests;  ///< new ones (restored ones are not repeated)
  std::vector<Proposal> proposals;               ///< new ones (restored ones are not repeated)
  std::vector<Decision> decisions;               ///< also those a resumed run derives again
  std::vector<CandidateOutcome> outcomes;        ///< settled candidates, likewise
};

/// The course of an optimisation as a function of its job and of the outcome of each cell,
/// whatever the order in which outcomes arrive: proposals in sequence with a fixed look-ahead,
/// races decided at fixed rungs, a budget charged when a proposal is made, the winner on
/// validation, and at last baseline and winner on the test split.
///
/// A proposal is charged with the most it may take. What its race saved is given back in the order
/// of proposals, no sooner than needed: a proposal that the budget does not pay for waits for
/// earlier ones, if need be in a heat of its own after the last one was closed early. So the budget
/// is never exceeded, and what it pays for depends on outcomes alone.
///
/// Local, one thread. Neither clocks nor files.
class Trajectory {
 public:
  /// `restored`: the journalled proposals of an earlier session, which are accepted instead of
  /// asking the strategy again; `requests`: its text requests, in their order. `store` outlives
  /// this.
  Trajectory(const TrajectoryOptions& options, std::unique_ptr<Strategy> strategy, bool maximise,
             Aggregate aggregate, CellStore& store, std::vector<Proposal> restored = {},
             std::vector<model::TextRequest> requests = {});

  enum class Phase : std::uint8_t { searching, testing, finished, failed };

  /// To be called after the constructor and after cells of the store were finished; `changed`
  /// says where (nothing: anywhere). Cheap unless something can be decided.
  void advance(const model::CellRange* changed = nullptr);
  /// What happened since the last call.
  [[nodiscard]] Changes take_changes();

  [[nodiscard]] Phase phase() const noexcept { return phase_; }
  [[nodiscard]] const std::vector<Proposal>& proposals() const noexcept { return proposals_; }
  /// Text requests so far, by the `candidate` of their cells.
  [[nodiscard]] const RequestTable& requests() const noexcept { return requests_; }
  [[nodiscard]] model::CandidateIndex winner() const noexcept { return winner_; }
  /// Who would win as it is: the best complete candidate that keeps all limits, if there is one.
  [[nodiscard]] std::optional<CandidateOutcome> best() const;
  [[nodiscard]] const Objectives& objectives() const noexcept { return objectives_; }
  /// Why proposing ended: "all candidates proposed", "budget used up", "target reached", "no
  /// improvement", "cost budget used up".
  [[nodiscard]] const std::string& stop_reason() const noexcept { return stop_reason_; }
  /// Evaluations that the proposals made so far may take at most; at the end, what they took.
  [[nodiscard]] std::uint64_t committed() const noexcept { return ledger_.committed(); }
  /// Why the phase is `failed`, for people.
  [[nodiscard]] const std::string& failure() const noexcept { return failure_; }
  /// Cells that a finished search rests on: of validation those that a candidate's race was decided
  /// by, of test those of baseline and winner. A store may hold more, if an earlier session ended
  /// with a smaller heat or another winner.
  [[nodiscard]] model::CellRange counted_cells(model::CandidateIndex candidate,
                                               model::Split split) const;
  /// Train cells that proposals were derived from, in canonical order: part of the answer.
  [[nodiscard]] std::vector<model::CellRange> used_train_cells() const {
    return used_.ranges(model::Split::train);
  }
  /// Samples that they were derived from, by request: part of the answer, but not their order.
  [[nodiscard]] std::vector<model::CellRange> used_samples() const {
    return used_.ranges(model::Split::request);
  }

 private:
  /// Train cells and samples that a proposal waits for; without any, the proposal can be made.
  struct OpenNeed {
    std::uint32_t index = 0;
    std::vector<model::CellRange> ranges;
  };

  [[nodiscard]] bool can_decide(const model::CellRange& changed) const;
  /// A proposal that has been made, and whether an earlier session made it.
  struct Draft {
    Proposal proposal;
    bool is_restored = false;
  };
  enum class Funds : std::uint8_t { there, later, never };

  [[nodiscard]] std::uint32_t told_before(std::uint32_t index) const noexcept;
  [[nodiscard]] bool may_be_asked(std::uint32_t index) const noexcept;
  bool propose();
  [[nodiscard]] std::optional<Draft> next_draft(std::uint32_t index);
  void accept(Draft draft);
  [[nodiscard]] Funds find_funds(std::uint64_t cost);
  void give_back_next();
  void give_back_settled();
  void stop_proposing(std::string reason);
  void look_ahead();
  [[nodiscard]] bool may_look_at(std::uint32_t index) const noexcept;
  [[nodiscard]] OpenNeed ask_ahead(std::uint32_t index);
  [[nodiscard]] OpenNeed open_need(std::uint32_t index, Need need);
  [[nodiscard]] model::CellRange open_request(TextNeed need);
  [[nodiscard]] bool is_met(const OpenNeed& need) const;
  void tell_until(std::uint32_t count);
  [[nodiscard]] Contender contender(const CandidateOutcome& outcome) const;
  void note_told(const CandidateOutcome& outcome);
  void note_used(const model::CellRange& range);
  [[nodiscard]] std::string_view reason_to_stop() const;
  [[nodiscard]] bool target_reached() const;
  [[nodiscard]] double cost_so_far() const;
  bool decide_heats();
  void settle(const CandidateOutcome& outcome);
  [[nodiscard]] bool everything_fails() const;
  bool finish();
  void fail(std::string why);
  [[nodiscard]] bool better(double a, double b) const noexcept { return maximise_ ? a > b : a < b; }

  TrajectoryOptions options_;
  std::unique_ptr<Strategy> strategy_;
  bool maximise_;
  CellStore& store_;
  std::vector<Proposal> restored_;
  RequestTable requests_;
  Heats heats_;
  Objectives objectives_;
  WinnerChoice choice_{objectives_};  ///< among the settled
  WinnerChoice told_choice_{objectives_};

  Phase phase_ = Phase::searching;
  std::vector<Proposal> proposals_;
  std::vector<std::optional<CandidateOutcome>> outcomes_;
  std::uint32_t settled_prefix_ = 0;
  std::uint32_t told_ = 0;
  bool proposing_ = true;
  std::string stop_reason_;
  std::vector<OpenNeed> needs_;   ///< of the next proposals, in sequence
  bool exhausted_ahead_ = false;  ///< looking further ahead is of no use
  std::optional<Draft> unpaid_;   ///< waits until the budget pays for it
  UsedCells used_;
  BudgetLedger ledger_;
  double told_cost_ = 0;        ///< of the cells of told candidates, in their order
  double used_cost_ = 0;        ///< of what proposals were derived from, in theirs
  std::uint32_t improved_ = 0;  ///< candidates told when the best told one was
  model::CandidateIndex winner_ = model::no_candidate;
  std::string failure_;
  Changes changes_;
};

}  // namespace foundation::optimize
