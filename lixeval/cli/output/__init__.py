"""What people see: values, errors, progress, transfers, pages.

terminal, live         what kind of place it goes to; lines that move there
colours, wording        escape sequences, numbers and foreign text
values, errors         what expressions and failures come to
progress, transfers    builds; what is moved to and from registries and stores
internal_json          the same for programs
profiling              --stats and --profile
story, stepper         a recorded run as text, and walked through
lesson_screen, lesson_watch    an exercise, and what becomes of it while it is edited
image_page, page_file  an image as a page; pages written to files
help, man_page, completion    what the tables of commands and options say
"""
