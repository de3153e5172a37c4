#include "report/publish.hpp"

#include <ctime>

#include <fmt/format.h>

#include "report/detail/tables.hpp"
#include "storage/publish_file.hpp"
#include "storage/schema.hpp"

namespace foundation::report {

namespace schema = storage::schema;

namespace {

void publish_attributes(const RunView& view, Completeness completeness, storage::TableSink& sink) {
  const bool complete = completeness == Completeness::complete;
  sink.set_attribute(schema::attribute::software, std::string{schema::software});
  sink.set_attribute(schema::attribute::software_version, std::string{FOUNDATION_VERSION});
  sink.set_attribute(schema::attribute::schema, std::string{schema::schema_name});
  sink.set_attribute(schema::attribute::schema_version, schema::schema_version);
  sink.set_attribute(schema::attribute::status,
                     std::string{complete ? schema::status_final : schema::status_partial});
  sink.set_attribute(schema::attribute::run_state, std::string{name_of(view.state)});
  sink.set_attribute(schema::attribute::epoch, static_cast<std::int64_t>(view.epoch));
  sink.set_attribute(schema::attribute::sequence, static_cast<std::int64_t>(view.sequence));
}

}  // namespace

void publish_tables(const RunView& view, Completeness completeness, storage::TableSink& sink) {
  publish_attributes(view, completeness, sink);
  detail::publish_job(view, sink);
  detail::publish_sessions(view, sink);
  detail::publish_result(view, sink);
  detail::publish_candidates(view, sink);
  detail::publish_objectives(view, sink);
  detail::publish_decisions(view, sink);
  detail::publish_progress(view, sink);
  detail::publish_workers(view, sink);
  detail::publish_nodes(view, sink);
  detail::publish_services(view, sink);
  detail::publish_health(view, sink);
  detail::publish_traffic(view, sink);
  detail::publish_failures(view, sink);
  detail::publish_requests(view, sink);
  if (completeness == Completeness::partial) return;
  detail::publish_trainset(view, sink);
  detail::publish_evaluations(view, sink);
  detail::publish_outputs(view, sink);
  detail::publish_texts(view, sink);
}

core::Digest rebuild_view(const std::filesystem::path& run_folder, const journal::Disk& disk,
                          Completeness completeness, core::WallLabel date,
                          journal::Sequence up_to) {
  const bool complete = completeness == Completeness::complete;
  const RunView view = read_run_view(disk, {.up_to = up_to, .keep_texts = complete});
  return storage::publish_file(run_folder / view_file,
                               complete ? storage::Layout::compressed : storage::Layout::contiguous,
                               [&](storage::FileWriter& writer) {
                                 writer.set_attribute(schema::attribute::date, iso_time(date));
                                 publish_tables(view, completeness, writer);
                               });
}

std::string iso_time(core::WallLabel time) {
  constexpr std::int64_t ns_per_second = 1'000'000'000;
  const std::time_t seconds = time / ns_per_second - (time % ns_per_second < 0 ? 1 : 0);
  std::tm parts{};
  if (::gmtime_r(&seconds, &parts) == nullptr) return "unknown";
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

}  // namespace foundation::report
