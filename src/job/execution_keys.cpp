#include <array>

#include "job/detail/key_values.hpp"
#include "job/detail/toml_text.hpp"

namespace foundation::job::detail {
namespace {

constexpr std::array<std::string_view, 3> watchings{"auto", "tcp", "mpi"};
constexpr core::Duration shortest_silence{std::chrono::seconds{1}};

constexpr Key table[] = {
    {{"execution", "slots", "integer", "\"auto\"", carries,
      "Evaluations at a time on each rank; `auto`: by the free cores of the nodes and "
      "[program.resources]. Of a machine that nobody has reserved for the run a fifth of the cores "
      "is left to others."},
     [](Job& job, const Reading& value) {
       job.execution.slots.reset();
       if (!value.is_word("auto")) job.execution.slots = whole(value, 1);
     },
     [](const Job& job) { return optional_text(job.execution.slots, "auto"); }},
    {{"execution", "max_workers", "integer", "\"auto\"", carries,
      "Evaluations at a time in all, at most; `auto`: as many as the nodes have room for."},
     [](Job& job, const Reading& value) {
       job.execution.max_workers.reset();
       if (!value.is_word("auto")) job.execution.max_workers = whole(value, 1);
     },
     [](const Job& job) { return optional_text(job.execution.max_workers, "auto"); }},
    {{"execution", "min_workers_per_node", "integer", "1", carries,
      "Evaluations at a time on a node, at least; what does not fit goes to fewer nodes."},
     [](Job& job, const Reading& value) { job.execution.min_workers_per_node = whole(value, 1); },
     [](const Job& job) { return toml_text(job.execution.min_workers_per_node); }},
    {{"execution", "chunk_target", "duration", "\"20ms\"", carries,
      "Work that one message to a rank should hold."},
     [](Job& job, const Reading& value) { job.execution.chunk_target = value.duration(); },
     [](const Job& job) { return toml_text(job.execution.chunk_target); }},
    {{"execution", "publish_interval", "duration", "\"2s\"", carries,
      "Least time between two versions of the HDF5 file."},
     [](Job& job, const Reading& value) {
       job.execution.publish_interval = value.duration(shortest);
     },
     [](const Job& job) { return toml_text(job.execution.publish_interval); }},
    {{"execution", "progress_interval", "duration", "\"60s\"", carries,
      "Time between progress lines where stderr is no terminal."},
     [](Job& job, const Reading& value) {
       job.execution.progress_interval = value.duration(shortest);
     },
     [](const Job& job) { return toml_text(job.execution.progress_interval); }},
    {{"execution", "liveness", "string", "\"auto\"", carries,
      "How ranks notice that another one has ended: `tcp`, a connection of each to rank 0; `mpi`, "
      "heartbeats only, slower; `auto`, `tcp` where it can be had."},
     [](Job& job, const Reading& value) {
       job.execution.liveness = static_cast<Watching>(index_in(watchings, value.one_of(watchings)));
     },
     [](const Job& job) {
       return toml_text(watchings[static_cast<std::size_t>(job.execution.liveness)]);
     }},
    {{"execution", "heartbeat_timeout", "duration", "\"10s\"", carries,
      "A rank that gives no sign of life for so long is frozen, and its work goes to others."},
     [](Job& job, const Reading& value) {
       job.execution.heartbeat_timeout = value.duration(shortest_silence);
     },
     [](const Job& job) { return toml_text(job.execution.heartbeat_timeout); }},
    {{"execution", "keep_outputs", "boolean", "false", carries,
      "Store every answer's text, not only its hash."},
     [](Job& job, const Reading& value) { job.execution.keep_outputs = value.flag(); },
     [](const Job& job) { return toml_text(job.execution.keep_outputs); }},
    {{"execution", "end_margin", "duration", "\"60s\"", carries,
      "Time kept before the end of an allocation (`--end-time`, Slurm's limit) to finish and "
      "publish; at most a quarter of what is left at the start."},
     [](Job& job, const Reading& value) { job.execution.end_margin = value.duration(); },
     [](const Job& job) { return toml_text(job.execution.end_margin); }},
    {{"run", "folder", "path", "\"runs\"", carries,
      "Where run folders are made; a relative path starts at the job file's folder."},
     [](Job& job, const Reading& value) { job.runs_folder = path_text(value); },
     [](const Job& job) { return toml_text(job.runs_folder.string()); }},
};

}  // namespace

std::span<const Key> execution_keys() noexcept { return table; }

}  // namespace foundation::job::detail
