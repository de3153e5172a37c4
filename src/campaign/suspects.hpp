#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "campaign/lease.hpp"
#include "model/cell.hpp"
#include "model/text_request.hpp"

namespace foundation::campaign {

/// Cells that may end the process that evaluates them: they are evaluated in a child process.
///
/// Suspicion is cheap: a child gives every cell its true result, so the innocent lose nothing, and
/// who is suspected never changes an answer. All cells that a process held when it ended are
/// suspects. A cell that has ended a child, too, is convicted; unless its candidate or its example
/// has been convicted before, both are from then on, with all their cells: a broken example meets
/// every candidate, a broken candidate every example. A convicted sample convicts its text request.
///
/// Pure bookkeeping.
class Suspects {
 public:
  /// `trials`: positions that belong to one example.
  explicit Suspects(std::uint32_t trials) : trials_{trials} {}

  /// A process held these cells when it ended.
  void add(const model::CellRange& range);
  /// A suspect has ended a child. True: cells that were not suspects are now.
  bool convict(model::CandidateIndex candidate, model::Split split, std::uint32_t position);

  [[nodiscard]] bool contains(model::CandidateIndex candidate, model::Split split,
                              std::uint32_t position) const;
  struct Part {
    model::CellRange range;
    Place place = Place::in_process;
  };
  /// The range in parts, in order, each with the place to evaluate it in.
  [[nodiscard]] std::vector<Part> sort(const model::CellRange& range) const;

 private:
  using Row = std::pair<model::CandidateIndex, model::Split>;
  using Example = std::pair<model::Split, std::uint32_t>;
  struct Span {
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
  };

  std::uint32_t trials_;
  std::map<Row, std::vector<Span>> held_;
  std::set<model::CandidateIndex> candidates_;
  std::set<Example> examples_;
  std::set<model::RequestIndex> requests_;
};

}  // namespace foundation::campaign
