#include <gmock/gmock.h>

#include "job_file.hpp"

namespace foundation::job {
namespace {

using testing::HasSubstr;

/// `added` stands below the smallest job, from line 7; `place` is the expected line:column.
struct BadJob {
  std::string_view added;
  std::string_view place;
  std::string_view message;
  std::string_view hint;
};

void PrintTo(const BadJob& bad, std::ostream* stream) { *stream << bad.added; }

constexpr BadJob bad_jobs[] = {
    // Syntax
    {"[strategy\nkind = 1", "7:10", "not valid TOML", "strings need quotes"},
    {"trials = ", "7:10", "not valid TOML", ""},
    {"trials = 1\ntrials = 2", "8:10", "not valid TOML", ""},
    {"a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q = 1", "7:32", "a key of more than 16 parts",
     "`foundation doc`"},
    {"trials = \"\"\"1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1\"\"\"\"", "7:10",
     "'trials' must be a whole number, not '1.1", ""},
    // Unknown names
    {"[strategy]\nstratgy = 1", "8:1", "unknown key 'stratgy' in [strategy]",
     "[strategy] knows kind"},
    {"[strategy]\ncandiates = 1", "8:1", "unknown key 'candiates'", "did you mean 'candidates'?"},
    {"[stratgy]\nheat = 1", "7:2", "unknown section 'stratgy'", "did you mean 'strategy'?"},
    {"[program.paramters]\na = 1", "7:10", "unknown section 'paramters'",
     "did you mean 'parameters'?"},
    {"[metric]\nseed = 1", "8:1", "unknown key 'seed' in [metric]", "'seed' belongs in [job]"},
    {"[nonsense]", "7:2", "unknown section 'nonsense'", "sections are [job], [trainset]"},
    {"[program.parameters]\na = {lo = 1}", "8:6", "unknown key 'lo' of parameter 'a'",
     "did you mean 'low'?"},
    // Wrong types
    {"trials = \"many\"", "7:10", "'trials' must be a whole number, not 'many'", ""},
    {"trials = 1.5", "7:10", "'trials' must be a whole number, not a number", ""},
    {"trials = true", "7:10", "'trials' must be a whole number, not true or false", ""},
    {"trials = 2026-01-01", "7:10", "'trials' must be a whole number, not a date", ""},
    {"[job]\nname = 5", "8:8", "'name' must be a string, not a whole number", ""},
    {"[metric]\nweighted = 1", "8:12", "'weighted' must be true or false", ""},
    {"[strategy]\nkeep = \"half\"", "8:8", "'keep' must be a number, not a string", ""},
    {"[execution]\nchunk_target = 20", "8:16",
     "'chunk_target' must be a span of time, not a whole number", "write it in quotes with a unit"},
    {"[execution]\nchunk_target = \"20\"", "8:16",
     "'chunk_target' must be a span of time, not '20'", "with a unit"},
    {"constraints = \"a <= 1\"", "7:15", "'constraints' must be a list", ""},
    {"constraints = [1]", "7:16", "'constraints' must be a string", ""},
    {"parameters = 3", "7:14", "'parameters' must be a table", ""},
    {"starting_points = [1]", "7:20", "'starting_points' must be a table", ""},
    {"[[metric]]\nkind = \"accuracy\"", "7:1", "'metric' must be a table, not a list", ""},
    {"[program.parameters]\na = {choices = \"x\"}", "8:16", "'choices' must be a list", ""},
    {"[program.parameters]\na = 2026-01-01", "8:5", "'a' must be a string, a number", ""},
    // Out of range
    {"[job]\nseed = -1", "8:8", "'seed' is -1, but must not be negative", ""},
    {"[job]\nname = \"a/b\"", "8:8", "'name' names the run folder", ""},
    {"trials = 0", "7:10", "'trials' is 0, but must be at least 1", ""},
    {"trials = 5_000_000_000", "7:10", "but must be at most 10000", ""},
    {"[strategy]\ncandidates = 0", "8:14", "'candidates' is 0, but must be at least 1", ""},
    {"[strategy]\nheat = 1", "8:8", "'heat' is 1, but must be at least 2", ""},
    {"[strategy]\nkeep = 1", "8:8", "'keep' must be below 1.0", ""},
    {"[strategy]\nkeep = 0.0", "8:8", "'keep' must be above 0.0", ""},
    {"[strategy]\nkeep = 1.5", "8:8", "'keep' is 1.5, but must be at most 1", ""},
    {"[strategy]\ngrowth = 1.0", "8:10", "'growth' must be above 1.0", ""},
    {"[strategy]\nfirst_rung = 0", "8:14", "'first_rung' must be above 0", ""},
    {"[strategy]\ntarget = nan", "8:10", "'target' is nan, but must be finite", ""},
    {"[strategy]\nsuccess_threshold = inf", "8:21",
     "'success_threshold' is inf, but must be finite", ""},
    {"[strategy]\nlevels = 0", "8:10", "'levels' is 0, but must be at least 1", ""},
    {"[strategy]\nlevels = 1001", "8:10", "'levels' is 1001, but must be at most 1000", ""},
    {"[strategy]\npopulation = 3", "8:14", "'population' is 3, but must be at least 4", ""},
    {"[strategy]\npopulation = \"many\"", "8:14", "'population' must be a whole number", ""},
    {"[strategy]\ninitial_step = 0.0", "8:16", "'initial_step' must be above 0", ""},
    {"[strategy]\ninitial_step = 2", "8:16", "'initial_step' is 2, but must be at most 1", ""},
    {"[budget]\nevaluations = 0", "8:15", "'evaluations' is 0, but must be at least 1", ""},
    {"[execution]\nslots = 0", "8:9", "'slots' is 0, but must be at least 1", ""},
    {"[execution]\nmax_workers = 0", "8:15", "'max_workers' is 0, but must be at least 1", ""},
    {"[execution]\nmax_workers = -3", "8:15", "'max_workers' is -3, but must not be negative", ""},
    {"[execution]\nmax_workers = \"abc\"", "8:15",
     "'max_workers' must be a whole number, not 'abc'", ""},
    {"[execution]\nmin_workers_per_node = 0", "8:24",
     "'min_workers_per_node' is 0, but must be at least 1", ""},
    {"[program.resources]\ncores = 0", "8:9", "'cores' is 0, but must be at least 1", ""},
    {"[program.resources]\nmemory = \"4 apples\"", "8:10",
     "'memory' must be a size of at least one byte, not '4 apples'", "write it in quotes"},
    {"[program.resources]\nmemory = 0", "8:10", "'memory' is 0, but must be at least 1", ""},
    {"[program.resources]\nmemory = \"0GiB\"", "8:10", "'memory' must be a size", ""},
    {"[program.resources]\ngpu = 1", "8:1", "unknown key 'gpu'", "did you mean 'gpus'?"},
    {"[execution]\npublish_interval = \"-1s\"", "8:20", "'publish_interval' must be a span of time",
     ""},
    {"[execution]\npublish_interval = \"0s\"", "8:20",
     "'publish_interval' is 0s, but must be at least 1ms", ""},
    {"[run]\nfolder = \"\"", "8:10", "'folder' must not be empty", ""},
    {"[trainset.split]\nvalidation = 0", "8:14", "'validation' must be above 0", ""},
    {"[trainset.split]\ntrain = -0.5", "8:9", "'train' is -0.5, but must be at least 0", ""},
    {"[program.parameters]\na = {low = nan}", "8:12", "'low' is nan, but must be finite", ""},
    {"[program.parameters]\na = {low = 2, high = 1}", "8:5", "'a' has low = 2 above high = 1", ""},
    {"[program.parameters]\na = {choices = []}", "8:16", "'choices' must not be empty", ""},
    // Unknown kinds
    {"[metric]\nkind = \"acuracy\"", "8:8", "'kind' is 'acuracy', which is unknown",
     "did you mean 'accuracy'?"},
    {"[strategy]\nkind = \"magic\"", "8:8", "'kind' is 'magic'", "use one of random, grid, sobol"},
    {"[strategy]\nracing = \"halfing\"", "8:10", "'racing' is 'halfing'",
     "did you mean 'halving'?"},
    {"constraints = [\"a <= 1\", \"a <\"]", "7:26", "a <", ""},
    // Combinations
    {"[trainset.split]\ntrain = 0.6", "7:11",
     "train = 0.6, validation = 0.25 and test = 0.25 add up to 1.1, not 1", "give all three"},
    {"[strategy]\nlookahead = 31", "8:13", "lookahead = 31 is less than twice heat = 16",
     "set lookahead = 32"},
    {"[strategy]\nheat = 17", "8:8", "lookahead = 32 is less than twice heat = 17",
     "set lookahead = 34"},
    {"[execution]\nmax_workers = 3\nmin_workers_per_node = 4", "9:24",
     "min_workers_per_node = 4 is more than max_workers = 3 allows", "lower the minimum"},
    {"sleep_mean = \"1s\"", "7:14", "'sleep_mean' means nothing with kind = \"text_classifier\"",
     "kind = \"sleep\""},
};

class BadJobs : public JobFile, public testing::WithParamInterface<BadJob> {};

TEST_P(BadJobs, are_refused_at_their_place) {
  const BadJob& bad = GetParam();
  try {
    static_cast<void>(load(std::string{smallest} + std::string{bad.added} + "\n"));
    FAIL() << "accepted";
  } catch (const core::Error& error) {
    EXPECT_EQ(error.kind(), core::ErrorKind::bad_input);
    EXPECT_EQ(error.place().file, (folder() / "job.toml").string());
    EXPECT_EQ(std::to_string(error.place().line) + ":" + std::to_string(error.place().column),
              bad.place)
        << core::describe(error);
    EXPECT_THAT(error.what(), HasSubstr(std::string{bad.message}));
    EXPECT_THAT(error.hint(), HasSubstr(std::string{bad.hint}));
  }
}
INSTANTIATE_TEST_SUITE_P(Table, BadJobs, testing::ValuesIn(bad_jobs));

class LoadBadJob : public JobFile {
 protected:
  [[nodiscard]] std::string complaint(const std::filesystem::path& file,
                                      const std::vector<std::string>& overrides = {}) const {
    try {
      static_cast<void>(load_job(file, overrides));
    } catch (const core::Error& error) {
      return core::describe(error);
    }
    return "accepted";
  }
};

TEST_F(LoadBadJob, shows_the_line_with_a_caret) {
  const auto file = write("[trainset]\n\tfile = 5\n");
  EXPECT_EQ(complaint(file), "error: 'file' must be a string, not a whole number\n  --> " +
                                 file.string() + ":2:9\n    2 |  file = 5\n      |         ^");
}

TEST_F(LoadBadJob, names_missing_mandatory_keys) {
  EXPECT_THAT(complaint(write("")), HasSubstr("the mandatory key 'trainset.file' is missing"));
  const std::string text = complaint(write("[trainset]\nfile = \"a\"\n"));
  EXPECT_THAT(text, HasSubstr("the mandatory key 'trainset.input' is missing"));
  EXPECT_THAT(text, HasSubstr("job.toml:1:2"));
  EXPECT_THAT(complaint(write("[trainset]\nfile = \"a\"\ninput = \"x\"\nlabel = \"y\"\n")),
              HasSubstr("below [program] write 'kind = ...'"));
}

TEST_F(LoadBadJob, refuses_a_label_among_the_inputs) {
  const auto file = write(
      "[trainset]\nfile = \"a\"\ninput = [\"x\", \"y\"]\nlabel = \"y\"\n"
      "[program]\nkind = \"nothing\"\n");
  EXPECT_THAT(complaint(file), HasSubstr("field 'y' is input and label at once"));
  EXPECT_THAT(complaint(file, {"trainset.input=[\"x\", \"x\"]"}),
              HasSubstr("field 'x' is named twice"));
}

TEST_F(LoadBadJob, suggests_the_nearest_file) {
  write(smallest, "packages.toml");
  const std::string text = complaint(folder() / "package.toml");
  EXPECT_THAT(text, HasSubstr("cannot read '" + (folder() / "package.toml").string()));
  EXPECT_THAT(text, HasSubstr("did you mean '" + (folder() / "packages.toml").string()));
  EXPECT_THAT(complaint(folder()), HasSubstr("Is a directory"));
}

TEST_F(LoadBadJob, places_a_missing_trainset_in_the_job_file) {
  write("", "data.json");
  const Job job = load(smallest);
  try {
    require_trainset(job);
    FAIL() << "accepted";
  } catch (const core::Error& error) {
    EXPECT_EQ(error.place().line, 2U);
    EXPECT_THAT(error.hint(), HasSubstr("data.json"));
  }
  write("", "data.jsonl");
  EXPECT_NO_THROW(require_trainset(job));
}

TEST_F(LoadBadJob, places_errors_of_the_command_line_there) {
  const auto file = write(smallest);
  const std::string text = complaint(file, {"strategy.candidates=none"});
  EXPECT_THAT(text, HasSubstr("'candidates' must be a whole number, not 'none'"));
  EXPECT_THAT(text, HasSubstr("--> command line:1:"));
  EXPECT_THAT(complaint(file, {"strategy.candidate=1"}), HasSubstr("did you mean 'candidates'?"));
  EXPECT_THAT(complaint(file, {"strategy.candidates"}), HasSubstr("there is no '='"));
}

}  // namespace
}  // namespace foundation::job
