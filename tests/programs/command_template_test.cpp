#include "programs/command_template.hpp"

#include <gmock/gmock.h>

#include "core/error.hpp"

namespace foundation::programs {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const TemplateNames names{.parameters = {"tol", "fast", "restarts"},
                          .fields = {"path", "size"},
                          .parameters_vary = true,
                          .cells_vary = true};

class Template : public testing::Test {
 protected:
  [[nodiscard]] std::vector<std::string> expand(const std::vector<std::vector<std::string>>& groups,
                                                const model::Assignment& assignment) const {
    const TemplateValues values{.parameters = &assignment,
                                .fields = &fields,
                                .seed = 7,
                                .trial = 2,
                                .scratch = "/scratch",
                                .folder = "/job"};
    return CommandTemplate{groups, names}.expand(values);
  }
  std::vector<std::string> fields{"a b.cnf", "-12"};
};

core::Error complaint(const std::string& text, const TemplateNames& known = names) {
  try {
    static_cast<void>(TemplateArgument{text, known});
  } catch (const core::Error& error) {
    return error;
  }
  return {core::ErrorKind::internal, "accepted"};
}

TEST_F(Template, puts_values_for_placeholders) {
  const model::Assignment assignment{
      {{"tol", 0.125}, {"fast", true}, {"restarts", std::int64_t{3}}}};
  EXPECT_THAT(
      expand({{"--tol={tol}"},
              {"{example.path}"},
              {"{example.size}"},
              {"{seed}-{trial}"},
              {"{scratch}/x"},
              {"{folder}/y"},
              {"{fast}"},
              {"{restarts}"}},
             assignment),
      ElementsAre("--tol=0.125", "a b.cnf", "-12", "7-2", "/scratch/x", "/job/y", "true", "3"));
}

TEST_F(Template, keeps_braces_that_are_doubled) {
  EXPECT_THAT(
      expand({{"{{}}"}, {"{{tol}}"}, {"a{{b{tol}c}}d"}, {""}}, model::Assignment{{{"tol", 1.0}}}),
      ElementsAre("{}", "{tol}", "a{b1c}d", ""));
}

TEST_F(Template, never_looks_at_values_again) {
  fields = {"{tol}{{", "$(reboot)"};
  EXPECT_THAT(expand({{"{example.path}"}, {"{example.size}"}}, {}),
              ElementsAre("{tol}{{", "$(reboot)"));
}

TEST_F(Template, leaves_out_what_is_inactive) {
  EXPECT_THAT(expand({{"a"}, {"{tol}"}, {"--tol={tol}"}, {"--restarts", "{restarts}"}, {"b"}}, {}),
              ElementsAre("a", "b"));
}

TEST_F(Template, leaves_out_flags_that_are_false) {
  const std::vector<std::vector<std::string>> groups{{"--fast{?fast}"}, {"--mode", "fast{?fast}"}};
  EXPECT_THAT(expand(groups, model::Assignment{{{"fast", true}}}),
              ElementsAre("--fast", "--mode", "fast"));
  EXPECT_THAT(expand(groups, model::Assignment{{{"fast", false}}}), IsEmpty());
  EXPECT_THAT(expand(groups, {}), IsEmpty());
}

TEST(TemplateArgument, names_the_nearest_placeholder) {
  const core::Error error = complaint("--x={tool}");
  EXPECT_STREQ(error.what(), "there is no placeholder '{tool}'");
  EXPECT_EQ(error.hint(), "did you mean '{tol}'?");
  EXPECT_EQ(complaint("{example.pat}").hint(), "did you mean '{example.path}'?");
  EXPECT_THAT(complaint("{?fats}").what(), HasSubstr("'{?fats}'"));
  EXPECT_THAT(complaint("{nonsense_of_all_kinds}").hint(), HasSubstr("{tol}, {fast}"));
  EXPECT_THAT(complaint("{}").what(), HasSubstr("'{}'"));
}

TEST(TemplateArgument, refuses_braces_without_partner) {
  EXPECT_THAT(complaint("a{tol").what(), HasSubstr("the brace '{' in 'a{tol' has no partner"));
  EXPECT_THAT(complaint("a}").what(), HasSubstr("the brace '}' in 'a}' has no partner"));
  EXPECT_THAT(complaint(std::string("a\0b", 3)).what(), HasSubstr("NUL"));
}

TEST(TemplateArgument, refuses_what_varies_where_nothing_may) {
  const TemplateNames fixed{.parameters = {"tol"}, .fields = {"path"}};
  EXPECT_THAT(complaint("{tol}", fixed).what(), HasSubstr("differs from candidate to candidate"));
  EXPECT_THAT(complaint("{seed}", fixed).what(), HasSubstr("differs from cell to cell"));
  EXPECT_THAT(complaint("{example.path}", fixed).what(), HasSubstr("differs from cell to cell"));
  EXPECT_STREQ(complaint("{folder}{scratch}", fixed).what(), "accepted");
}

TEST(TemplateArgument, knows_whether_it_is_always_the_same) {
  EXPECT_TRUE(TemplateArgument("{folder}/solve.py", names).is_constant());
  EXPECT_FALSE(TemplateArgument("{scratch}/solve.py", names).is_constant());
  EXPECT_FALSE(TemplateArgument("{tol}", names).is_constant());
}

}  // namespace
}  // namespace foundation::programs
