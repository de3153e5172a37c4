#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "report/detail/tables.hpp"
#include "storage/schema.hpp"

namespace foundation::report::detail {

namespace {

using Asked = const AskedText&;

std::size_t count_of(Asked asked, model::CellStatus status) {
  return static_cast<std::size_t>(std::ranges::count_if(
      asked.samples, [status](const Sample& it) { return it.result.status == status; }));
}

/// The first candidate with the settings that a request is about.
class CandidateFinder {
 public:
  explicit CandidateFinder(const RunView& view) {
    for (const campaign::ProposalRecord& proposal : view.proposals)
      known_.emplace(model::digest(proposal.candidate.assignment), proposal.candidate.index);
  }
  [[nodiscard]] model::CandidateIndex find(const model::Assignment& assignment) const {
    const auto found = known_.find(model::digest(assignment));
    return found == known_.end() ? model::no_candidate : found->second;
  }

 private:
  std::map<core::Digest, model::CandidateIndex> known_;
};

/// A sample, for the time of a visit.
struct SampleEntry {
  model::RequestIndex request;
  const Sample& sample;
};

}  // namespace

void publish_requests(const RunView& view, storage::TableSink& sink) {
  namespace requests = storage::schema::requests;
  const std::vector<AskedText>& rows = view.requests;
  if (rows.empty()) return;
  const CandidateFinder candidates{view};
  const auto request_of = [](Asked it) -> const model::TextRequest& {
    return it.record.numbered.request;
  };
  sink.begin_table(requests::table, "texts that the strategy asked for", rows.size());
  add_column<std::uint32_t>(sink, requests::request, rows,
                            [](Asked it) { return it.record.numbered.index; });
  add_column<std::int8_t>(sink, requests::kind, rows,
                          [&](Asked it) { return request_of(it).kind; });
  add_column<std::string>(sink, requests::parameter, rows,
                          [&](Asked it) { return request_of(it).parameter; });
  add_column<std::int64_t>(sink, requests::candidate, rows, [&](Asked it) {
    return reference(candidates.find(request_of(it).assignment));
  });
  add_column<std::uint32_t>(sink, requests::attempts, rows,
                            [&](Asked it) { return request_of(it).attempts.size(); });
  add_column<std::uint32_t>(sink, requests::observations, rows,
                            [&](Asked it) { return request_of(it).observations.size(); });
  add_column<std::int64_t>(sink, requests::asked_at, rows, [](Asked it) { return it.record.at; });
  add_column<std::uint32_t>(sink, requests::samples, rows,
                            [](Asked it) { return it.samples.size(); });
  for (const model::CellStatus status : sample_statuses) {
    const std::string name = fmt::format("{}{}", requests::samples_prefix, model::name_of(status));
    const std::string title = fmt::format("samples: {}", model::name_of(status));
    add_column<std::uint32_t>(sink, {.name = name, .long_name = title}, rows,
                              [status](Asked it) { return count_of(it, status); });
  }
}

void publish_texts(const RunView& view, storage::TableSink& sink) {
  namespace texts = storage::schema::texts;
  using Entry = const SampleEntry&;
  std::vector<SampleEntry> rows;
  for (const AskedText& asked : view.requests)
    for (const Sample& sample : asked.samples)
      rows.push_back({asked.record.numbered.index, sample});
  if (rows.empty()) return;
  sink.begin_table(texts::table, "texts that were written, in the order request, sample",
                   rows.size());
  add_column<std::uint32_t>(sink, texts::request, rows, [](Entry it) { return it.request; });
  add_column<std::uint32_t>(sink, texts::sample, rows, [](Entry it) { return it.sample.number; });
  add_column<std::int8_t>(sink, texts::status, rows,
                          [](Entry it) { return it.sample.result.status; });
  add_column<std::string>(sink, texts::text, rows, [](Entry it) { return it.sample.text; });
  add_column<double>(sink, texts::cost, rows, [](Entry it) { return it.sample.result.cost; });
  add_column<std::uint64_t>(sink, texts::duration_us, rows,
                            [](Entry it) { return it.sample.result.duration_us; });
  add_column<std::uint32_t>(sink, texts::epoch, rows, [](Entry it) { return it.sample.epoch; });
  add_column<std::uint32_t>(sink, texts::worker, rows, [](Entry it) { return it.sample.worker; });
  add_column<std::int64_t>(sink, texts::received_at, rows,
                           [](Entry it) { return it.sample.received_at; });
}

}  // namespace foundation::report::detail
