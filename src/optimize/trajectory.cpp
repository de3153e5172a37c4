#include "optimize/trajectory.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/contracts.hpp"
#include "core/mutation.hpp"
#include "optimize/run_evidence.hpp"

namespace foundation::optimize {

using model::CandidateIndex;
using model::CellRange;
using model::Split;

namespace {

constexpr std::uint32_t early_abort_cells = 10;

}  // namespace

Trajectory::Trajectory(const TrajectoryOptions& options, std::unique_ptr<Strategy> strategy,
                       bool maximise, Aggregate aggregate, CellStore& store,
                       std::vector<Proposal> restored, std::vector<model::TextRequest> requests)
    : options_{options},
      strategy_{std::move(strategy)},
      maximise_{maximise},
      store_{store},
      restored_{std::move(restored)},
      requests_{std::move(requests)},
      heats_{options.race, options.scale, maximise, std::move(aggregate), store},
      objectives_{options.objectives, maximise},
      ledger_{options.budget} {
  EXPECTS(store.size_of(Split::validation) > 0);
  EXPECTS(options.lookahead >= heats_.heat_size());
}

void Trajectory::advance(const CellRange* changed) {
  if (phase_ != Phase::searching && phase_ != Phase::testing) return;
  if (changed != nullptr && !can_decide(*changed)) return;
  if (everything_fails())
    return fail(
        fmt::format("the first {} evaluations of the baseline all failed", early_abort_cells));
  if (phase_ == Phase::searching) {
    while (decide_heats() || propose()) {
    }
    look_ahead();
  }
  while (finish()) {
  }
}

Changes Trajectory::take_changes() { return std::exchange(changes_, Changes{}); }

// The hot path: most results complete nothing that a decision waits for.
bool Trajectory::can_decide(const CellRange& changed) const {
  if (changed.split == Split::train || changed.split == Split::request) return true;
  if (changed.split == Split::test)
    return store_.finished_prefix(changed.candidate, Split::test) == store_.size_of(Split::test);
  if (changed.candidate == 0 && changed.begin < early_abort_cells) return true;
  return heats_.can_decide(changed);
}

// --- proposals -----------------------------------------------------------------------------------

std::uint32_t Trajectory::told_before(std::uint32_t index) const noexcept {
  const std::uint32_t heat = heats_.heat_size();
  std::uint32_t last = index;
  if (options_.proposes_by_heats) {  // the heat's last one
    const std::uint32_t begin = heats_.open_heat_begin();
    last = index - (index - begin) % heat + heat - 1;
  }
  return last < options_.lookahead ? 0 : last - options_.lookahead + 1;
}

bool Trajectory::may_be_asked(std::uint32_t index) const noexcept {
  return settled_prefix_ >= told_before(index);
}

bool Trajectory::propose() {
  const auto index = static_cast<std::uint32_t>(proposals_.size());
  if (!proposing_) return false;
  if (!unpaid_) {
    unpaid_ = next_draft(index);
    if (!unpaid_) return !proposing_;
  }
  const std::uint64_t cost = used_.unused(unpaid_->proposal.used) + heats_.next_cost();
  switch (find_funds(cost)) {
    case Funds::there: break;
    case Funds::later: {
      const bool is_open = heats_.open_heat_begin() < index;
      const bool others_are_over = ledger_.given_back() >= heats_.open_heat_begin();
      if (is_open && others_are_over) heats_.close();
      return is_open && others_are_over;
    }
    case Funds::never:
      if (unpaid_->is_restored) break;  // by a session with a larger budget
      if (index == 0)
        fail(
            fmt::format("the budget of {} evaluations does not pay for the baseline, which takes "
                        "{}",
                        *options_.budget, cost));
      stop_proposing("budget used up");
      return true;
  }
  accept(*std::exchange(unpaid_, std::nullopt));
  return true;
}

/// The proposal of this index; nothing when it cannot be made yet, or when proposing has ended.
std::optional<Trajectory::Draft> Trajectory::next_draft(std::uint32_t index) {
  if (!may_be_asked(index)) return std::nullopt;
  if (!needs_.empty() && needs_.front().index == index && !is_met(needs_.front()))
    return std::nullopt;
  tell_until(FOUNDATION_MUTATION(lookahead_ignored) ? settled_prefix_ : told_before(index));
  if (index < restored_.size() && !FOUNDATION_MUTATION(resume_forgets_proposals))
    return Draft{std::move(restored_[index]), true};
  if (const std::string_view reason = reason_to_stop(); !reason.empty()) {
    stop_proposing(std::string{reason});
    return std::nullopt;
  }
  const RunEvidence evidence{store_, requests_};
  Reply reply = strategy_->ask(index, evidence);
  if (auto* candidate = std::get_if<model::Candidate>(&reply)) {
    candidate->index = index;
    return Draft{{std::move(*candidate), evidence.used()}, false};
  }
  if (std::holds_alternative<Exhausted>(reply)) {
    stop_proposing("all candidates proposed");
    return std::nullopt;
  }
  if (!needs_.empty() && needs_.front().index == index) needs_.erase(needs_.begin());
  needs_.insert(needs_.begin(), open_need(index, std::get<Need>(std::move(reply))));
  return std::nullopt;
}

void Trajectory::accept(Draft draft) {
  Proposal& proposal = draft.proposal;
  const CandidateIndex index = proposal.candidate.index;
  ASSERT(index == proposals_.size());
  ledger_.charge(used_.unused(proposal.used), heats_.next_cost());
  for (const CellRange& range : used_.mark(proposal.used)) note_used(range);
  strategy_->accept(proposal.candidate);
  outcomes_.emplace_back();
  if (!draft.is_restored) changes_.proposals.push_back(proposal);
  proposals_.push_back(std::move(proposal));
  heats_.join(index, changes_.work);
  if (FOUNDATION_MUTATION(test_touched_early))
    store_.request({index, Split::test, 0, store_.size_of(Split::test)}, changes_.work);
}

// --- budget --------------------------------------------------------------------------------------

// Gives back one outcome after another, in the order of proposals, until there is enough: how many
// it takes does not depend on how many have arrived.
Trajectory::Funds Trajectory::find_funds(std::uint64_t cost) {
  if (FOUNDATION_MUTATION(budget_charged_at_completion) && options_.budget)
    return store_.finished() + cost <= *options_.budget ? Funds::there : Funds::never;
  while (!ledger_.affords(cost)) {
    if (!heats_.gives_back() || ledger_.given_back() == proposals_.size()) return Funds::never;
    if (ledger_.given_back() == settled_prefix_) return Funds::later;
    give_back_next();
  }
  return Funds::there;
}

void Trajectory::give_back_next() { ledger_.give_back(outcomes_[ledger_.given_back()]->cells); }

void Trajectory::give_back_settled() {
  if (!heats_.gives_back()) return;
  while (ledger_.given_back() < settled_prefix_) give_back_next();
}

void Trajectory::stop_proposing(std::string reason) {
  proposing_ = false;
  stop_reason_ = std::move(reason);
  needs_.clear();
  heats_.close();
  give_back_settled();
}

// Needs do not depend on accepted candidates, so what the next proposals wait for is evaluated in
// parallel while earlier ones are still open.
void Trajectory::look_ahead() {
  if (!proposing_) return;
  const auto next = static_cast<std::uint32_t>(proposals_.size());
  std::erase_if(needs_, [next](const OpenNeed& need) { return need.index < next; });
  for (OpenNeed& need : needs_)
    if (!need.ranges.empty() && is_met(need) && may_look_at(need.index))
      need = ask_ahead(need.index);
  std::uint32_t index = needs_.empty() ? next : needs_.back().index + 1;
  index = std::max(index, static_cast<std::uint32_t>(restored_.size()));
  while (!exhausted_ahead_ && index < next + options_.lookahead && may_look_at(index)) {
    needs_.push_back(ask_ahead(index++));
  }
}

// Where candidates are proposed by heats, a need may depend on outcomes told: it is the one of the
// proposal only if exactly those are told that the proposal will see.
bool Trajectory::may_look_at(std::uint32_t index) const noexcept {
  if (!may_be_asked(index)) return false;
  return !options_.proposes_by_heats || told_ == told_before(index) ||
         FOUNDATION_MUTATION(need_seen_too_early);
}

Trajectory::OpenNeed Trajectory::ask_ahead(std::uint32_t index) {
  Reply reply = strategy_->ask(index, RunEvidence{store_, requests_});
  if (std::holds_alternative<Exhausted>(reply)) exhausted_ahead_ = true;
  if (auto* need = std::get_if<Need>(&reply)) return open_need(index, std::move(*need));
  return {index, {}};
}

Trajectory::OpenNeed Trajectory::open_need(std::uint32_t index, Need need) {
  for (const CellRange& range : need.ranges) store_.request(range, changes_.work);
  for (TextNeed& text : need.texts) need.ranges.push_back(open_request(std::move(text)));
  ASSERT(!need.ranges.empty());
  return {index, std::move(need.ranges)};
}

/// The samples as cells, which are asked for unless they are there already.
CellRange Trajectory::open_request(TextNeed need) {
  EXPECTS(need.samples > 0 && need.samples <= model::most_samples);
  auto index = requests_.find(need.request);
  if (!index) {
    index = requests_.add(std::move(need.request));
    changes_.requests.push_back({*index, requests_.all()[*index]});
  }
  const CellRange samples{*index, Split::request, 0, need.samples};
  store_.request(samples, changes_.work);
  return samples;
}

bool Trajectory::is_met(const OpenNeed& need) const {
  return std::ranges::all_of(need.ranges, [this](const CellRange& range) {
    if (range.split == Split::request) return store_.is_finished(range);
    return !store_.results(range.candidate, range.begin, range.end).empty();
  });
}

void Trajectory::tell_until(std::uint32_t count) {
  for (; told_ < count; ++told_) {
    strategy_->tell(*outcomes_[told_]);
    note_told(*outcomes_[told_]);
  }
}

// --- reasons to stop -----------------------------------------------------------------------------

Contender Trajectory::contender(const CandidateOutcome& outcome) const {
  return objectives_.contender(outcome.index, outcome.score,
                               store_.cells(outcome.index, Split::validation).first(outcome.cells));
}

void Trajectory::note_told(const CandidateOutcome& outcome) {
  if (options_.cost_budget)
    told_cost_ += cost_of(store_.cells(outcome.index, Split::validation).first(outcome.cells));
  if (!options_.patience || !outcome.complete || !outcome.valid) return;
  told_choice_.add(contender(outcome));
  const Contender* best = told_choice_.best();
  if (best != nullptr && best->candidate == outcome.index) improved_ = outcome.index + 1;
}

/// What a proposal was derived from is in the journal before it, but callers may restore less.
void Trajectory::note_used(const CellRange& range) {
  if (!options_.cost_budget) return;
  const auto cells = store_.cells(range.candidate, range.split);
  const std::size_t end = std::min<std::size_t>(range.end, cells.size());
  if (range.begin < end) used_cost_ += cost_of(cells.subspan(range.begin, end - range.begin));
}

std::string_view Trajectory::reason_to_stop() const {
  if (target_reached()) return "target reached";
  if (options_.patience && told_ - improved_ >= *options_.patience) return "no improvement";
  if (options_.cost_budget && cost_so_far() >= *options_.cost_budget) return "cost budget used up";
  return {};
}

bool Trajectory::target_reached() const {
  if (!options_.target) return false;
  const auto seen = FOUNDATION_MUTATION(target_seen_on_arrival) ? settled_prefix_ : told_;
  return std::any_of(outcomes_.begin(), outcomes_.begin() + seen, [this](const auto& outcome) {
    return outcome->complete && outcome->valid && !better(*options_.target, outcome->score) &&
           objectives_.keeps_limits(contender(*outcome));
  });
}

double Trajectory::cost_so_far() const {
  if (!FOUNDATION_MUTATION(cost_counted_on_arrival)) return told_cost_ + used_cost_;
  double sum = 0;
  for (const Proposal& it : proposals_)
    sum += cost_of(store_.cells(it.candidate.index, Split::validation));
  return sum;
}

// --- racing --------------------------------------------------------------------------------------

bool Trajectory::decide_heats() {
  std::vector<CandidateOutcome> ended;
  const bool decided = heats_.decide({changes_.work, changes_.decisions, ended});
  for (const CandidateOutcome& outcome : ended) settle(outcome);
  if (!proposing_) give_back_settled();
  return decided;
}

void Trajectory::settle(const CandidateOutcome& outcome) {
  outcomes_[outcome.index] = outcome;
  changes_.outcomes.push_back(outcome);
  if (FOUNDATION_MUTATION(told_on_arrival)) strategy_->tell(outcome);
  if (outcome.complete && outcome.valid) choice_.add(contender(outcome));
  while (settled_prefix_ < outcomes_.size() && outcomes_[settled_prefix_]) ++settled_prefix_;
}

// --- the end -------------------------------------------------------------------------------------

std::optional<CandidateOutcome> Trajectory::best() const {
  const Contender* best = choice_.best();
  return best == nullptr ? std::nullopt : outcomes_[best->candidate];
}

bool Trajectory::everything_fails() const {
  const auto cells = store_.cells(0, Split::validation);
  if (store_.finished_prefix(0, Split::validation) < early_abort_cells) return false;
  return std::ranges::all_of(cells.first(early_abort_cells), [](const model::CellResult& cell) {
    return cell.status > model::CellStatus::wrong;
  });
}

bool Trajectory::finish() {
  if (phase_ == Phase::searching) {
    if (proposing_ || !heats_.all_over()) return false;
    const Contender* best = choice_.best();
    if (best == nullptr) {
      fail(choice_.contenders().empty()
               ? "no candidate has a valid score on the whole validation split"
               : fmt::format("none of the {} candidates that were evaluated on the whole "
                             "validation split keeps all limits of [objectives]",
                             choice_.contenders().size()));
      return false;
    }
    winner_ = best->candidate;
    phase_ = Phase::testing;
    const std::uint32_t cells = store_.size_of(Split::test);
    store_.request({0, Split::test, 0, cells}, changes_.work);
    store_.request({winner_, Split::test, 0, cells}, changes_.work);
    return true;
  }
  if (phase_ != Phase::testing) return false;
  const std::uint32_t cells = store_.size_of(Split::test);
  if (store_.finished_prefix(0, Split::test) < cells ||
      store_.finished_prefix(winner_, Split::test) < cells)
    return false;
  phase_ = Phase::finished;
  return false;
}

model::CellRange Trajectory::counted_cells(CandidateIndex candidate, Split split) const {
  EXPECTS(split == Split::validation || split == Split::test);
  if (split == Split::test) {
    const bool is_tested = candidate == 0 || candidate == winner_;
    return {candidate, split, 0, is_tested ? store_.size_of(split) : 0};
  }
  const std::optional<CandidateOutcome>& outcome = outcomes_[candidate];
  return {candidate, split, 0, outcome ? outcome->cells : 0};
}

void Trajectory::fail(std::string why) {
  phase_ = Phase::failed;
  failure_ = std::move(why);
  proposing_ = false;
}

}  // namespace foundation::optimize
