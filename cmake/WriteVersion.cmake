# Writes OUTPUT from INPUT with the revision of the checkout in SOURCE_DIR, which ends in -dirty where a tracked file was
# changed, and is empty outside git. Run at every build; the file changes only when the revision does.
set(ZCMPI_GIT_REVISION "")
if(GIT_EXECUTABLE)
  execute_process(COMMAND ${GIT_EXECUTABLE} describe --always --dirty --abbrev=12 WORKING_DIRECTORY ${SOURCE_DIR}
    OUTPUT_VARIABLE ZCMPI_GIT_REVISION OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()
configure_file(${INPUT} ${OUTPUT} @ONLY)
