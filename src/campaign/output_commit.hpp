#pragma once

#include <deque>
#include <optional>
#include <utility>

#include "campaign/effects.hpp"
#include "core/reach.hpp"

namespace foundation::campaign {

/// Reports that wait for the disk: each is let out once the record it rests on is durable (output
/// commit: Strom and Yemini, ACM TOCS 1985).
class OutputCommit {
 public:
  void hold(journal::Sequence record, const ProgressRecord& progress) {
    progress_.emplace_back(record, progress);
  }
  void hold_end(journal::Sequence record, EndReport report) {
    end_.emplace(record, std::move(report));
  }

  /// Shows the progress that is `durable` by now.
  void release(journal::Sequence durable, Effects& effects) {
    for (; !progress_.empty() && progress_.front().first <= durable; progress_.pop_front())
      effects.report(progress_.front().second);
    FOUNDATION_REACHED_IF(!progress_.empty(), report_waited_for_disk);
  }
  /// The end, once it is durable.
  [[nodiscard]] const EndReport* end_at(journal::Sequence durable) const noexcept {
    return end_ && end_->first <= durable ? &end_->second : nullptr;
  }

 private:
  std::deque<std::pair<journal::Sequence, ProgressRecord>> progress_;
  std::optional<std::pair<journal::Sequence, EndReport>> end_;
};

}  // namespace foundation::campaign
