#include "optimize/detail/pareto_front.hpp"

#include <algorithm>

namespace foundation::optimize::detail {
namespace {

/// For each example the best candidates on it, as places in the ranking.
class Fronts {
 public:
  Fronts(std::span<const CandidateOutcome* const> ranked, const CellGains& gains,
         std::uint32_t trials)
      : wins_(ranked.size()) {
    for (std::uint32_t example = 0; add_front(ranked, gains, example * trials, trials); ++example) {
    }
  }

  /// Takes the worst ones out that nobody would miss.
  void remove_dominated() {
    for (std::size_t place = wins_.size(); place-- > 0;) {
      const auto has_equal = [this](std::size_t front) { return fronts_[front].size() > 1; };
      if (!std::ranges::all_of(wins_[place], has_equal)) continue;
      for (const std::size_t front : wins_[place]) std::erase(fronts_[front], place);
      wins_[place].clear();
    }
  }

  [[nodiscard]] std::uint32_t wins_of(std::size_t place) const noexcept {
    return static_cast<std::uint32_t>(wins_[place].size());
  }

 private:
  /// False when no candidate has all cells of the example.
  bool add_front(std::span<const CandidateOutcome* const> ranked, const CellGains& gains,
                 std::uint32_t begin, std::uint32_t trials) {
    std::vector<std::size_t> front;
    double best = 0;
    std::size_t compared = 0;
    for (std::size_t place = 0; place < ranked.size(); ++place) {
      const auto cells = gains.cells(*ranked[place]);
      if (cells.size() < begin + trials) continue;
      double gain = 0;
      for (const model::CellResult& cell : cells.subspan(begin, trials)) gain += gains.of(cell);
      if (++compared == 1 || gain > best) {
        front.clear();
        best = gain;
      }
      if (gain == best) front.push_back(place);
    }
    if (front.size() < compared) {
      for (const std::size_t place : front) wins_[place].push_back(fronts_.size());
      fronts_.push_back(std::move(front));
    }
    return compared > 0;
  }

  std::vector<std::vector<std::size_t>> fronts_;
  std::vector<std::vector<std::size_t>> wins_;  ///< fronts of each candidate
};

}  // namespace

std::vector<FrontMember> pareto_front(std::span<const CandidateOutcome> told,
                                      std::span<const Rated> ranking, const CellGains& gains,
                                      std::uint32_t trials) {
  std::vector<const CandidateOutcome*> ranked;
  for (const Rated& it : ranking)
    ranked.push_back(&*std::ranges::find(told, it.candidate, &CandidateOutcome::index));
  Fronts fronts{ranked, gains, trials};
  fronts.remove_dominated();
  std::vector<FrontMember> members;
  for (std::size_t place = 0; place < ranked.size(); ++place)
    if (fronts.wins_of(place) > 0)
      members.push_back({ranking[place].candidate, fronts.wins_of(place)});
  if (members.empty() && !ranking.empty()) members.push_back({ranking.front().candidate, 1});
  std::ranges::sort(members, {}, &FrontMember::candidate);
  return members;
}

}  // namespace foundation::optimize::detail
