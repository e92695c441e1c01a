"""What `reviewdesk sample` is made of: invented people, loans whose figures agree, defects, and the workbook.

All people, companies and numbers are invented. ID numbers and company codes only have valid check characters.
"""
