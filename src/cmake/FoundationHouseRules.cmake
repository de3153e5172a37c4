# Rules of the source tree as tests with the label "house". All but the last need no build.

# foundation_add_house_test(<rule> <command> ...)
function(foundation_add_house_test rule)
  add_test(NAME house.${rule} COMMAND ${ARGN})
  foundation_test_properties(house.${rule} LABELS house)
endfunction()

set(checks "${PROJECT_SOURCE_DIR}/tests")
foreach(rule includes determinism text links python)
  foundation_add_house_test(${rule}
    "${FOUNDATION_PYTHON}" -B "${checks}/check_${rule}.py" "${PROJECT_SOURCE_DIR}")
endforeach()
foundation_add_house_test(checks "${FOUNDATION_PYTHON}" -B "${checks}/check_checks.py")

find_program(FOUNDATION_SHELLCHECK shellcheck)
if(FOUNDATION_SHELLCHECK)
  foundation_add_house_test(shell "${checks}/check_shell.sh" "${FOUNDATION_SHELLCHECK}")
endif()
# The layout differs between versions of clang-format: only this one decides.
find_program(FOUNDATION_CLANG_FORMAT clang-format-14)
if(FOUNDATION_CLANG_FORMAT)
  foundation_add_house_test(format "${checks}/check_format.sh" "${FOUNDATION_CLANG_FORMAT}")
endif()
if(TARGET foundation)
  foundation_add_house_test(readme "${FOUNDATION_PYTHON}" -B "${checks}/check_readme.py"
    "${PROJECT_SOURCE_DIR}" $<TARGET_FILE:foundation>)
endif()
